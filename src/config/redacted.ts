/** The configuration for people and pages: all of it but the keys, of which only the number is told. */

import type { Config, ProviderConfig, RouteConfig } from './config.ts'
import type { ExportersConfig } from './record-schema.ts'

export type RedactedProvider = Omit<ProviderConfig, 'keys'> & { readonly keyCount: number }

export type RedactedConfig = Omit<Config, 'providers' | 'routes' | 'access' | 'exporters'> & {
  readonly exporters: RedactedExporters
  readonly providers: readonly RedactedProvider[]
  readonly routes: readonly RouteConfig[]
  readonly accessKeyCount: number
}

export interface RedactedExporters {
  readonly otlp: { readonly endpoint: string; readonly headerNames: readonly string[] }
  readonly langsmith: Omit<ExportersConfig['langsmith'], 'apiKey'> & { readonly hasKey: boolean }
}

/** Headers and keys of exporters are secrets as those of providers are. */
function redactedExporters({ otlp, langsmith }: ExportersConfig): RedactedExporters {
  const { apiKey, ...shown } = langsmith
  return {
    otlp: { endpoint: otlp.endpoint, headerNames: Object.keys(otlp.headers) },
    langsmith: { ...shown, hasKey: apiKey !== '' },
  }
}

/** Plain data, ready for JSON. */
export function redactedConfig({ access, ...config }: Config): RedactedConfig {
  return {
    ...config,
    accessKeyCount: access.keys.length,
    exporters: redactedExporters(config.exporters),
    providers: [...config.providers.values()].map(({ keys, ...shown }) => ({
      ...shown,
      keyCount: keys.length,
    })),
    routes: [...config.routes.values()],
  }
}
