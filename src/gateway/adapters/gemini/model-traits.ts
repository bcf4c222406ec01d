/** What differs between generations of Gemini models, as far as a request must respect it; read off the model's name. */

export interface ModelTraits {
  /** Thinking is set by `thinkingLevel`; by `thinkingBudget` otherwise. */
  readonly thinksByLevel: boolean
  /** A turn's first function call without a thought signature is refused. */
  readonly demandsSignatures: boolean
  /** A response schema may stand beside tools. */
  readonly takesSchemaWithTools: boolean
  /** The least thinking that may be asked for. */
  readonly leastLevel: 'MINIMAL' | 'LOW'
  /** Tokens. */
  readonly leastBudget: number
}

/** A name that is no Gemini model's promises nothing: it gets what every generation takes. */
export function modelTraits(model: string): ModelTraits {
  const name = model.slice(model.lastIndexOf('/') + 1)
  const isGemini = name.startsWith('gemini-')
  const number = /^gemini-(\d+)/.exec(name)?.[1]
  // Aliases such as `gemini-flash-latest` stand for the newest.
  const isNew = isGemini && (number === undefined || Number(number) >= 3)
  const isPro = /-pro\b/.test(name)
  return {
    thinksByLevel: isNew,
    demandsSignatures: isNew,
    takesSchemaWithTools: !isGemini || isNew,
    leastLevel: isPro ? 'LOW' : 'MINIMAL',
    leastBudget: isPro ? 128 : 0,
  }
}
