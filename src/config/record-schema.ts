/** The part of the configuration file that speaks of traces and exporters. */

import { z } from 'zod'

export const tracesSchema = z
  .strictObject({
    text_characters: z
      .int()
      .min(64)
      .max(1_048_576)
      .default(16_384)
      .describe(
        'longest text kept of a run’s payload; `ledger.previews` says whether it is redacted, or kept at all',
      ),
    keep_days: z
      .int()
      .min(0)
      .max(36_500)
      .default(30)
      .describe('age at which traces are removed; 0 keeps all'),
  })
  .prefault({})

export const exportersSchema = z
  .strictObject({
    otlp: z
      .strictObject({
        endpoint: z
          .string()
          .regex(/^(https?:\/\/.+)?$/, 'must be an http or https address')
          .default('')
          .describe(
            'where traces are sent by OTLP/HTTP, for example `http://127.0.0.1:4318/v1/traces`; empty sends nothing',
          ),
        headers: z
          .array(z.string().regex(/^[\w-]+: ?[^\r\n]*$/, 'must be a header, like "x-key: k"'))
          .default([])
          .describe('sent along, for example `authorization: Bearer ${TOKEN}`'),
      })
      .prefault({}),
    langsmith: z
      .strictObject({
        endpoint: z
          .string()
          .regex(/^(https?:\/\/.+)?$/, 'must be an http or https address')
          .default('')
          .describe('API of LangSmith; empty is the SDK’s own, or `LANGSMITH_ENDPOINT`'),
        api_key: z
          .string()
          .default('')
          .describe(
            'traces are sent to LangSmith where a key is given here, or `LANGSMITH_TRACING=true` and `LANGSMITH_API_KEY`',
          ),
        project: z.string().default('').describe('project there; empty is `LANGSMITH_PROJECT`, or `default`'),
      })
      .prefault({}),
  })
  .prefault({})

export interface TracesConfig {
  readonly textCharacters: number
  /** 0 keeps all. */
  readonly keepDays: number
}

export interface ExportersConfig {
  /** An empty endpoint sends nothing. */
  readonly otlp: { readonly endpoint: string; readonly headers: Readonly<Record<string, string>> }
  readonly langsmith: { readonly endpoint: string; readonly apiKey: string; readonly project: string }
}

export const toTraces = ({ text_characters, keep_days }: z.infer<typeof tracesSchema>): TracesConfig => ({
  textCharacters: text_characters,
  keepDays: keep_days,
})

const headerOf = (line: string): [name: string, value: string] => {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}

export const toExporters = ({ otlp, langsmith }: z.infer<typeof exportersSchema>): ExportersConfig => ({
  otlp: { endpoint: otlp.endpoint, headers: Object.fromEntries(otlp.headers.map(headerOf)) },
  langsmith: { endpoint: langsmith.endpoint, apiKey: langsmith.api_key, project: langsmith.project },
})
