/** The configuration for people and pages: all of it but the keys, of which only the number is told. */

import type { Config, ProviderConfig, RouteConfig } from './config.ts'

export type RedactedProvider = Omit<ProviderConfig, 'keys'> & { readonly keyCount: number }

export type RedactedConfig = Omit<Config, 'providers' | 'routes'> & {
  readonly providers: readonly RedactedProvider[]
  readonly routes: readonly RouteConfig[]
}

/** Plain data, ready for JSON. */
export function redactedConfig(config: Config): RedactedConfig {
  return {
    ...config,
    providers: [...config.providers.values()].map(({ keys, ...shown }) => ({
      ...shown,
      keyCount: keys.length,
    })),
    routes: [...config.routes.values()],
  }
}
