/** Reads a configuration file's text into the complete configuration, or says everything that is wrong with it. */

import { type Document, isMap, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { done, failed, type Outcome } from '../base/outcome.ts'
import type { Config } from './config.ts'
import { type ConfigProblem, didYouMean } from './problem.ts'
import { knownProviders } from './providers.ts'
import { configSchema, reservedNames } from './schema.ts'
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
        column: error.linePos?.[0].col,
        field: '',
        message: firstLine(error.message),
      })),
    )
  const problem = (path: Path, message: string, remedy?: string): ConfigProblem => ({
    file,
    ...placeOf(document, lines, path),
    field: path.map(String).join('.'),
    message,
    ...(remedy ? { remedy } : {}),
  })
  const plain = toPlain(document)
  if (!plain.ok) return failed([problem([], plain.fault)])
  const reserved = reservedNameProblems(document, problem)
  if (reserved.length > 0) return failed(reserved)
  const missing: Missing[] = []
  const value = substitute(plain.value, env, missing)
  const parsed = configSchema.safeParse(value, { reportInput: true })
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

/** Fails where the file's aliases cannot be followed or would grow without bound. */
function toPlain(document: Document): Outcome<unknown, string> {
  try {
    return done(document.toJS() ?? {})
  } catch (error) {
    return failed(firstLine(error instanceof Error ? error.message : 'its aliases cannot be followed'))
  }
}

type Tell = (path: Path, message: string, remedy?: string) => ConfigProblem

/** Looked for in the file itself: as keys of an object these names would be lost or found by accident. */
function reservedNameProblems(document: Document, problem: Tell): ConfigProblem[] {
  return ['providers', 'routes'].flatMap((section) => {
    const holder = document.get(section, true)
    const names = isMap(holder) ? holder.items.map(({ key }) => String(key)) : []
    return names
      .filter((name) => reservedNames.includes(name))
      .map((name) => problem([section, name], 'this name may not be used', 'Choose another one'))
  })
}

/** Where the field stands, or the nearest thing around it that is in the file. */
function placeOf(document: Document, lines: LineCounter, path: Path): Pick<ConfigProblem, 'line' | 'column'> {
  for (let length = path.length; length > 0; length -= 1) {
    const holder = document.getIn(path.slice(0, length - 1), true)
    const node = isMap(holder)
      ? holder.items.find(({ key }) => String(key) === String(path[length - 1]))?.key
      : document.getIn(path.slice(0, length), true)
    const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : undefined
    if (!Array.isArray(range)) continue
    const { line, col } = lines.linePos(range[0])
    return { line, column: col }
  }
  return {}
}

function issueProblems(issue: z.core.$ZodIssue, problem: Tell): ConfigProblem[] {
  const meant = issue.code === 'invalid_union' ? meantBranch(issue) : undefined
  if (meant) return meant.flatMap((inner) => issueProblems(inner, problem))
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

/** Of the forms a value may take, the one it has: its own issues say more than "no form fits". */
function meantBranch(issue: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] | undefined {
  const branch = issue.errors.find((inner) =>
    inner.every(({ path, code }) => path.length > 0 || (code !== 'invalid_type' && code !== 'invalid_value')),
  )
  return branch?.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }))
}

/** Only numbers are repeated: a text may come from the environment and be a secret. */
function issueText(issue: z.core.$ZodIssue): string {
  const given = typeof issue.input === 'number' ? ` (got ${issue.input})` : ''
  if (issue.code === 'too_small' && issue.origin === 'string') return 'must not be empty'
  if (issue.code === 'too_small' && issue.origin === 'array')
    return `must have at least ${issue.minimum} ${issue.minimum === 1 ? 'entry' : 'entries'}`
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
  const unwrapped = unwrap(schema)
  const inner = isUnion(unwrapped) ? unwrapped.options.find(hasShape) : unwrapped
  return hasShape(inner) ? Object.keys(inner.shape) : Object.keys(knownProviders)
}

const hasShape = (schema: unknown): schema is { readonly shape: Record<string, unknown> } =>
  typeof schema === 'object' && schema !== null && 'shape' in schema

const isUnion = (schema: unknown): schema is { readonly options: readonly unknown[] } =>
  typeof schema === 'object' && schema !== null && 'options' in schema && Array.isArray(schema.options)

function child(schema: unknown, step: PropertyKey): unknown {
  if (hasShape(schema)) return schema.shape[String(step)]
  if (typeof schema !== 'object' || schema === null) return undefined
  if (isUnion(schema)) return child(schema.options.find(hasShape), step)
  if ('valueType' in schema) return schema.valueType
  return 'element' in schema ? schema.element : undefined
}

function unwrap(schema: unknown): unknown {
  const isWrapped =
    typeof schema === 'object' && schema !== null && 'unwrap' in schema && typeof schema.unwrap === 'function'
  if (!isWrapped || 'element' in schema) return schema
  return unwrap((schema as { unwrap: () => unknown }).unwrap())
}
