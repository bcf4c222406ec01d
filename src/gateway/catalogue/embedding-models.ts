/** Embedding models that providers are known for, so that their names address them without a configuration. */

const names: Readonly<Record<string, readonly string[]>> = {
  openai: ['text-embedding-3-small', 'text-embedding-3-large', 'text-embedding-ada-002'],
  gemini: ['gemini-embedding-001'],
  mistral: ['mistral-embed', 'codestral-embed'],
}

export const isEmbeddingModel = (provider: string, model: string): boolean =>
  Object.hasOwn(names, provider) && (names[provider]?.includes(model) ?? false)
