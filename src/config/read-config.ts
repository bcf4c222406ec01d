/** Reads a configuration file's text into the complete configuration, or says everything that is wrong with it. */

import { type Document, isMap, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { done, failed, type Outcome } from '../base/outcome.ts'
import type { Config } from './config.ts'
import { type ConfigProblem, didYouMean } from './problem.ts'
import { knownProviders } from './providers.ts'
import { configSchema } from './schema.ts'
import { type Environment, type Missing, substitute } from './substitute.ts'
import { toConfig } from './to-config.ts'

export interface ConfigSource {
  readonly text: string
  /** Its name for messages. */
  readonly file: string
  readonly env: Environment
}

type Path = readonly PropertyKey[]

export function readConfig({ text, file, env }: ConfigSource): Outcome<Config, readonly ConfigProblem[]> {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  if (document.errors.length > 0)
    return failed(
      document.errors.map((error) => ({
        file,
        line: error.linePos?.[0].line,
        field: '',
        message: firstLine(error.message),
      })),
    )
  const problem = (path: Path, message: string, remedy?: string): ConfigProblem => ({
    file,
    line: lineOf(document, lines, path),
    field: path.map(String).join('.'),
    message,
    ...(remedy ? { remedy } : {}),
  })
  const missing: Missing[] = []
  const value = substitute(document.toJS() ?? {}, env, missing)
  const parsed = configSchema.safeParse(value)
  const problems = [
    ...missing.map(({ path, name }) =>
      problem(
        path,
        `the environment variable ${name} is not set`,
        `Set it, or write \${${name}:-} if it may be absent`,
      ),
    ),
    ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => issueProblems(issue, problem))),
  ]
  if (problems.length > 0 || !parsed.success) return failed(problems)
  const config = toConfig(parsed.data)
  return config.ok
    ? done(config.value)
    : failed(config.fault.map(({ path, message, remedy }) => problem(path, message, remedy)))
}

const firstLine = (message: string) => (message.split('\n')[0] ?? '').replace(/ at line \d+.*$/, '')

/** The line of the field, or of the nearest thing around it that stands in the file. */
function lineOf(document: Document, lines: LineCounter, path: Path): number | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const holder = document.getIn(path.slice(0, length - 1), true)
    const node = isMap(holder)
      ? holder.items.find(({ key }) => String(key) === String(path[length - 1]))?.key
      : document.getIn(path.slice(0, length), true)
    const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined
    if (Array.isArray(range)) return lines.linePos(range[0]).line
  }
  return undefined
}

function issueProblems(
  issue: z.core.$ZodIssue,
  problem: (path: Path, message: string, remedy?: string) => ConfigProblem,
): ConfigProblem[] {
  if (issue.code !== 'unrecognized_keys') return [problem(issue.path, issueText(issue))]
  return issue.keys.map((name) => {
    const near = didYouMean(name, fieldsAt(issue.path))
    return problem(
      [...issue.path, name],
      'there is no such field',
      near ? `Did you mean "${near}"?` : 'See docs/configuration.md',
    )
  })
}

function issueText(issue: z.core.$ZodIssue): string {
  const given =
    'input' in issue && typeof issue.input !== 'object' ? ` (got ${JSON.stringify(issue.input)})` : ''
  if (issue.code === 'too_small')
    return `must be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}${given}`
  if (issue.code === 'too_big')
    return `must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}${given}`
  return `${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}`
}

/** Names that may stand at a place of the file. */
function fieldsAt(path: Path): string[] {
  let schema: unknown = configSchema
  for (const step of path) schema = child(unwrap(schema), step)
  const inner = unwrap(schema)
  return hasShape(inner) ? Object.keys(inner.shape) : Object.keys(knownProviders)
}

const hasShape = (schema: unknown): schema is { readonly shape: Record<string, unknown> } =>
  typeof schema === 'object' && schema !== null && 'shape' in schema

function child(schema: unknown, step: PropertyKey): unknown {
  if (hasShape(schema)) return schema.shape[String(step)]
  if (typeof schema !== 'object' || schema === null) return undefined
  if ('valueType' in schema) return schema.valueType
  return 'element' in schema ? schema.element : undefined
}

function unwrap(schema: unknown): unknown {
  const isWrapped =
    typeof schema === 'object' && schema !== null && 'unwrap' in schema && typeof schema.unwrap === 'function'
  if (!isWrapped || 'element' in schema) return schema
  return unwrap((schema as { unwrap: () => unknown }).unwrap())
}
