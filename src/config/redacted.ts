/** The configuration for people and pages: all of it but the keys, of which only the number is told. */

import type { Config, ProviderConfig, RouteConfig } from './config.ts'

export type RedactedProvider = Omit<ProviderConfig, 'keys'> & { readonly keyCount: number }

export type RedactedConfig = Omit<Config, 'providers' | 'routes' | 'access'> & {
  readonly providers: readonly RedactedProvider[]
  readonly routes: readonly RouteConfig[]
  readonly accessKeyCount: number
}

/** Plain data, ready for JSON. */
export function redactedConfig({ access, ...config }: Config): RedactedConfig {
  return {
    ...config,
    accessKeyCount: access.keys.length,
    providers: [...config.providers.values()].map(({ keys, ...shown }) => ({
      ...shown,
      keyCount: keys.length,
    })),
    routes: [...config.routes.values()],
  }
}
