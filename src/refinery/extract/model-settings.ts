/** How models were asked in a trace: temperature, limits and the rest, under one name each. */

import type { Run } from '../../protocol/run.ts'
import { asLoose, type Loose, unpacked } from '../../record/import/loose.ts'

export interface ModelSettings {
  readonly model: string
  readonly provider?: string
  /** By our names; values as the writer gave them. */
  readonly settings: Loose
  /** Runs that were asked so. */
  readonly runIds: readonly string[]
}

/** Our name, and what writers call it. */
const names: Readonly<Record<string, readonly string[]>> = {
  temperature: ['temperature'],
  max_tokens: [
    'max_tokens',
    'max_completion_tokens',
    'max_output_tokens',
    'maxTokens',
    'maxOutputTokens',
    'num_predict',
  ],
  top_p: ['top_p', 'topP'],
  top_k: ['top_k', 'topK'],
  seed: ['seed'],
  stop: ['stop', 'stop_sequences', 'stopSequences'],
  frequency_penalty: ['frequency_penalty', 'frequencyPenalty'],
  presence_penalty: ['presence_penalty', 'presencePenalty'],
  response_format: ['response_format', 'responseFormat'],
  reasoning_effort: ['reasoning_effort', 'reasoningEffort'],
}

/** One entry for each model and each way it was asked, in the order of the trace. */
export function modelSettings(runs: readonly Run[]): readonly ModelSettings[] {
  const found = new Map<string, ModelSettings>()
  for (const run of runs) {
    if (run.model === undefined) continue
    const settings = settingsOf(run)
    const key = JSON.stringify([run.provider, run.model, settings])
    const before = found.get(key)
    found.set(key, {
      model: run.model,
      ...(run.provider ? { provider: run.provider } : {}),
      settings,
      runIds: [...(before?.runIds ?? []), run.id],
    })
  }
  return [...found.values()]
}

function settingsOf({ metadata, inputs }: Run): Loose {
  const sources = [
    metadata['invocation_params'],
    metadata['modelParameters'],
    metadata['llm.invocation_parameters'],
    withoutPrefix(metadata),
    inputs,
  ].map((source) => asLoose(unpacked(source)) ?? {})
  const settings = Object.entries(names).map(([ours, theirs]) => {
    const source = sources.find((one) => theirs.some((name) => one[name] !== undefined && one[name] !== null))
    return [
      ours,
      source && theirs.map((name) => source[name]).find((value) => value !== undefined && value !== null),
    ]
  })
  return Object.fromEntries(settings.filter(([, value]) => value !== undefined))
}

/** `ls_temperature`, `gen_ai.request.temperature`, `ai.settings.temperature`. */
const withoutPrefix = (metadata: Loose): Loose =>
  Object.fromEntries(
    Object.entries(metadata).flatMap(([name, value]) => {
      const bare = /^(?:ls_|gen_ai\.request\.|ai\.settings\.)(\w+)$/.exec(name)?.[1]
      return bare === undefined ? [] : [[bare, value]]
    }),
  )
