/** Known providers, one row each: what a user need not write. A new provider is a new row. */

export const dialects = ['openai', 'anthropic', 'gemini', 'responses'] as const

export type Dialect = (typeof dialects)[number]

export interface KnownProvider {
  readonly dialect: Dialect
  readonly baseUrl: string
  /** Environment variables that hold its keys, first found wins. */
  readonly keyNames: readonly string[]
  /** Answers without a key (local servers). */
  readonly keyless?: boolean
  /** The model routes use when nothing else is configured. */
  readonly defaultModel: string
}

export const knownProviders: Readonly<Record<string, KnownProvider>> = {
  openai: {
    dialect: 'openai',
    baseUrl: 'https://api.openai.com/v1',
    keyNames: ['OPENAI_API_KEY'],
    defaultModel: 'gpt-4.1-mini',
  },
  anthropic: {
    dialect: 'anthropic',
    baseUrl: 'https://api.anthropic.com',
    keyNames: ['ANTHROPIC_API_KEY'],
    defaultModel: 'claude-haiku-4-5',
  },
  gemini: {
    dialect: 'gemini',
    baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
    keyNames: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    defaultModel: 'gemini-2.5-flash',
  },
  groq: {
    dialect: 'openai',
    baseUrl: 'https://api.groq.com/openai/v1',
    keyNames: ['GROQ_API_KEY'],
    defaultModel: 'openai/gpt-oss-120b',
  },
  cerebras: {
    dialect: 'openai',
    baseUrl: 'https://api.cerebras.ai/v1',
    keyNames: ['CEREBRAS_API_KEY'],
    defaultModel: 'gpt-oss-120b',
  },
  openrouter: {
    dialect: 'openai',
    baseUrl: 'https://openrouter.ai/api/v1',
    keyNames: ['OPENROUTER_API_KEY'],
    defaultModel: 'openrouter/auto',
  },
  mistral: {
    dialect: 'openai',
    baseUrl: 'https://api.mistral.ai/v1',
    keyNames: ['MISTRAL_API_KEY'],
    defaultModel: 'mistral-small-latest',
  },
  deepseek: {
    dialect: 'openai',
    baseUrl: 'https://api.deepseek.com/v1',
    keyNames: ['DEEPSEEK_API_KEY'],
    defaultModel: 'deepseek-flash',
  },
  xai: {
    dialect: 'openai',
    baseUrl: 'https://api.x.ai/v1',
    keyNames: ['XAI_API_KEY'],
    defaultModel: 'grok-3-mini',
  },
  together: {
    dialect: 'openai',
    baseUrl: 'https://api.together.xyz/v1',
    keyNames: ['TOGETHER_API_KEY'],
    defaultModel: 'meta-llama/Llama-3.3-70B-Instruct-Turbo',
  },
  fireworks: {
    dialect: 'openai',
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    keyNames: ['FIREWORKS_API_KEY'],
    defaultModel: 'accounts/fireworks/models/llama-v3p3-70b-instruct',
  },
  ollama: {
    dialect: 'openai',
    baseUrl: 'http://127.0.0.1:11434/v1',
    keyNames: [],
    keyless: true,
    defaultModel: 'llama3.2',
  },
  vllm: {
    dialect: 'openai',
    baseUrl: 'http://127.0.0.1:8000/v1',
    keyNames: ['VLLM_API_KEY'],
    keyless: true,
    defaultModel: 'default',
  },
}
