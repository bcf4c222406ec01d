/** What a configuration asks for that cannot be, beyond what its schema says of single fields. */

import type { ProviderConfig, RouteConfig } from './config.ts'
import { didYouMean } from './problem.ts'
import { targetOf, targetProblem, toRewriter } from './rewriter.ts'
import type { ConfigFile } from './schema.ts'

export interface PathProblem {
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly remedy?: string
}

/** `providers` and `routes` are those that could be read. */
export function problemsOf(
  file: ConfigFile,
  providers: ReadonlyMap<string, ProviderConfig>,
  routes: ReadonlyMap<string, RouteConfig>,
): readonly PathProblem[] {
  return [
    ...(Object.keys(file.providers).length === 0 ? [noProvider] : []),
    ...badPatterns(file),
    ...Object.entries(file.routes).flatMap(([name, route]) => routeProblems(name, route, file, providers)),
    ...accessProblems(file.access),
    ...rewriterProblems(file, providers, routes),
    ...semanticProblems(file, providers, routes),
  ]
}

const noProvider: PathProblem = {
  path: ['providers'],
  message: 'no provider is configured',
  remedy: 'Name at least one, for example openai',
}

/** Patterns that are no regular expressions, with their place. */
function badPatterns({ ledger }: ConfigFile): PathProblem[] {
  return ledger.redact_patterns.flatMap((pattern, at): PathProblem[] => {
    try {
      new RegExp(pattern, 'gu')
      return []
    } catch (error) {
      const message = error instanceof Error ? error.message : 'it is no regular expression'
      return [{ path: ['ledger', 'redact_patterns', at], message }]
    }
  })
}

function routeProblems(
  name: string,
  route: ConfigFile['routes'][string],
  file: ConfigFile,
  providers: ReadonlyMap<string, ProviderConfig>,
): PathProblem[] {
  return route.targets.flatMap(({ provider, models }, at): PathProblem[] => {
    const path = ['routes', name, 'targets', at]
    if (!Object.hasOwn(file.providers, provider)) {
      const near = didYouMean(provider, Object.keys(file.providers))
      const remedy = near
        ? `Did you mean "${near}"?`
        : `Add it under providers, or use one of: ${Object.keys(file.providers).join(', ')}`
      return [{ path: [...path, 'provider'], message: `there is no provider "${provider}"`, remedy }]
    }
    const declared = providers.get(provider)?.models.map((model) => model.name) ?? []
    const strange = models.flatMap((model, i): PathProblem[] => {
      if (declared.length === 0 || declared.includes(model)) return []
      const near = didYouMean(model, declared)
      return [
        {
          path: [...path, 'models', i],
          message: `provider "${provider}" does not list the model "${model}"`,
          remedy: near ? `Did you mean "${near}"?` : 'Add it to the provider’s models',
        },
      ]
    })
    return [...strange, ...repeated(models, [...path, 'models'])]
  })
}

/** Each name of a list that already stood before it. */
export function repeated(names: readonly string[], path: PathProblem['path']): PathProblem[] {
  return names.flatMap((name, at) =>
    names.indexOf(name) === at
      ? []
      : [{ path: [...path, at], message: `the model "${name}" is listed twice`, remedy: 'Take one away' }],
  )
}

function rewriterProblems(
  file: ConfigFile,
  providers: ReadonlyMap<string, ProviderConfig>,
  routes: ReadonlyMap<string, RouteConfig>,
): PathProblem[] {
  const path = ['rewriter', 'target']
  const message = targetProblem(toRewriter(file.rewriter), providers)
  if (message !== undefined) return [{ path, message }]
  if (file.rewriter.target !== undefined) return []
  return [...routes.values()]
    .filter(({ rewrite }) => rewrite)
    .map(({ name }) => ({
      path: ['routes', name, 'rewrite'],
      message: 'nobody is configured to rewrite',
      remedy: 'Give rewriter.target, PROVIDER/MODEL',
    }))
}

function semanticProblems(
  file: ConfigFile,
  providers: ReadonlyMap<string, ProviderConfig>,
  routes: ReadonlyMap<string, RouteConfig>,
): PathProblem[] {
  const { target } = file.cache.semantic
  const path = ['cache', 'semantic', 'target']
  const message = targetProblem({ target: targetOf(target) }, providers)
  if (message !== undefined) return [{ path, message }]
  if (target !== undefined) return []
  return [...routes.values()]
    .filter(({ cache }) => cache?.semantic)
    .map(({ name }) => ({
      path: ['routes', name, 'cache', 'semantic'],
      message: 'nobody is configured to give vectors',
      remedy: 'Give cache.semantic.target, PROVIDER/MODEL',
    }))
}

function accessProblems({ keys }: ConfigFile['access']): PathProblem[] {
  return (['name', 'digest'] as const).flatMap((field) =>
    keys.flatMap((key, at): PathProblem[] => {
      const isFirst = keys.findIndex((one) => one[field].toLowerCase() === key[field].toLowerCase()) === at
      const path = ['access', 'keys', at, field]
      return isFirst ? [] : [{ path, message: `another key has this ${field}`, remedy: 'Take one away' }]
    }),
  )
}

/** Only an address: no login, query or fragment that could point elsewhere. */
export function urlProblem(text: string): string | undefined {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol)) return 'must be an http or https address'
  if (url.username || url.password) return 'must hold no user name or password: put keys into keys'
  return url.search || url.hash || /[?#]/.test(text) ? 'must have no query and no fragment' : undefined
}
