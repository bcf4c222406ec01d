/** The rules of the house, each a function from sources to what breaks it. */

import { functionsOf, importsOf, type Source } from './source.ts'

export interface Floors {
  readonly floors: Readonly<Record<string, { readonly imports: readonly string[] }>>
  readonly gateway: Readonly<Record<string, { readonly imports: readonly string[] }>>
}

type Rule = (sources: readonly Source[]) => readonly string[]

const isTest = ({ path }: Source) => path.endsWith('.test.ts')

/** Imports go down: between the rooms, and between the floors inside the gateway. */
export const floorBreaks =
  (floors: Floors): Rule =>
  (sources) =>
    sources
      .filter((source) => !isTest(source))
      .flatMap((source) =>
        importsOf(source).flatMap((to) => {
          const bad =
            badStep(floors.floors, source.path.split('/')[1], to.split('/')[1]) ||
            (to.startsWith('src/gateway/') &&
              source.path.startsWith('src/gateway/') &&
              badStep(floors.gateway, source.path.split('/')[2], to.split('/')[2]))
          return bad ? [`${source.path} imports ${to}`] : []
        }),
      )

function badStep(floors: Floors['floors'], from: string | undefined, to: string | undefined): boolean {
  if (from === undefined || to === undefined || from === to || from.endsWith('.ts')) return false
  return !(floors[from]?.imports.includes(to) ?? false)
}

/** No file reaches itself by its imports. */
export const cycles: Rule = (sources) => {
  const edges = new Map(sources.map((source) => [source.path, importsOf(source)]))
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) return void found.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    if (done.has(path)) return
    for (const to of edges.get(path) ?? []) visit(to, [...trail, path])
    done.add(path)
  }
  for (const path of edges.keys()) visit(path, [])
  return found
}

export const tooLong: Rule = (sources) =>
  sources.flatMap((source) => {
    const lines = source.text.split('\n').length
    return [
      ...(lines > 400 ? [`${source.path} has ${lines} lines`] : []),
      ...functionsOf(source).flatMap(({ name, lines: length }) =>
        length > 60 ? [`${source.path}: ${name} has ${length} lines`] : [],
      ),
    ]
  })

const bans: readonly [what: string, pattern: RegExp, allowed: RegExp][] = [
  ['reads a clock', /\bDate\.now\(|\bnew Date\(\)/, /^src\/base\/clock\.ts$/],
  ['draws a random number', /\bMath\.random\(/, /^src\/base\/random\.ts$/],
  ['sets a timer', /\bsetTimeout\(|\bsetInterval\(/, /^src\/(base\/clock\.ts|gateway\/transport\/)/],
  ['reads the environment', /\bprocess\.env\b/, /^src\/cli\//],
  ['calls fetch', /(?<![.\w])fetch\(/, /^src\/gateway\/transport\//],
  ['has a default export', /^export default\b/m, /^$/],
  ['exports everything', /^export \*/m, /^$/],
  ['has an enum', /^\s*(?:export )?(?:const )?enum \w/m, /^$/],
  ['uses any', /:\s*any\b|\bas any\b|<any>/, /^$/],
]

/** What may stand only in its home, or nowhere. */
export const banned: Rule = (sources) =>
  sources.flatMap(({ path, text }) => {
    const code = text.replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '')
    return bans.flatMap(([what, pattern, allowed]) =>
      pattern.test(code) && !allowed.test(path) ? [`${path} ${what}`] : [],
    )
  })

export const badNames: Rule = (sources) =>
  sources.flatMap(({ path }) => {
    const parts = path.replace(/\.(long\.)?(test\.|d\.)?ts$/, '').split('/')
    const vague = parts.find((part) => /^(utils?|helpers?|common|misc|shared|lib)$/.test(part))
    const odd = parts.find((part) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(part))
    return vague || odd ? [`${path}: ${vague ?? odd}`] : []
  })

export const withoutOpening: Rule = (sources) =>
  sources
    .filter((source) => !isTest(source) && !/^(#!.*\n)?\/\*\* \S/.test(source.text))
    .map(({ path }) => path)

/** The sandbox is for tests and for people who start it, never for the product's own path. */
export const sandboxLeaks: Rule = (sources) =>
  sources
    .filter(({ path }) => !/^src\/(cli|sandbox)\//.test(path))
    .flatMap((source) =>
      importsOf(source).some((to) => to.startsWith('src/sandbox/')) && !isTest(source) ? [source.path] : [],
    )
