/** Tries every key of every provider with one small call, and reads what it says. */

import { systemClock } from '../../base/clock.ts'
import type { Config, ProviderConfig } from '../../config/config.ts'
import { readStart } from '../../gateway/engine/read-body.ts'
import type { Transport } from '../../gateway/transport/transport.ts'
import type { WireRequest } from '../../protocol/adapter.ts'
import { type Fault, faultKinds } from '../../protocol/fault.ts'
import { inboundAdapters, outboundAdapters } from '../adapters.ts'
import { type Finding, fine, notice, wrong } from './finding.ts'

export interface KeyLook {
  readonly config: Config
  readonly transport: Transport
  /** The key's name for people. */
  readonly nameOf: (key: string) => string
  /** The model a provider is tried with, where the configuration names none. */
  readonly modelOf: (provider: string) => string | undefined
}

const eachWithinMs = 20_000
const answerBytes = 65_536
/** Clocks that differ by more make signatures and tokens fail, ms. */
const clockApartMs = 120_000

export async function lookAtKeys(look: KeyLook): Promise<readonly Finding[]> {
  const tried = [...look.config.providers.values()].flatMap((provider) =>
    (provider.keys.length > 0 ? provider.keys : provider.keyless ? [''] : []).map((key) =>
      tryKey(look, provider, key),
    ),
  )
  return (await Promise.all(tried)).flat()
}

async function tryKey(look: KeyLook, provider: ProviderConfig, key: string): Promise<readonly Finding[]> {
  const what = key === '' ? `provider ${provider.name}` : `key ${look.nameOf(key)} of ${provider.name}`
  const model = modelFor(look, provider)
  if (model === undefined)
    return [
      notice(
        what,
        'not tried: no model is known to try it with',
        `Name one under providers.${provider.name}.models.`,
      ),
    ]
  const wire = pingOf(provider, model)
  const adapter = outboundAdapters[provider.dialect]
  const [header, value] = adapter.authorize(key)
  const startMs = systemClock.monoMs()
  const sent = await look.transport.send({
    baseUrl: provider.baseUrl,
    path: wire.path,
    local: provider.local,
    headers: {
      'content-type': 'application/json',
      ...wire.headers,
      ...(key === '' ? {} : { [header]: value }),
    },
    body: JSON.stringify(wire.body),
    signal: AbortSignal.timeout(eachWithinMs),
  })
  if (!sent.ok) return [toldFault(what, sent.fault)]
  const { status, headers } = sent.value
  const body = await readStart(sent.value.body, answerBytes)
  const clock = lookAtClock(headers['date'])
  if (status >= 200 && status < 300) {
    const tookMs = Math.round(systemClock.monoMs() - startMs)
    return [fine(what, `${model} answers in ${tookMs} ms`), ...clock]
  }
  return [toldFault(what, adapter.readFault({ status, headers, body })), ...clock]
}

function modelFor({ config, modelOf }: KeyLook, { name, models }: ProviderConfig): string | undefined {
  const routed = [...config.routes.values()]
    .flatMap(({ targets }) => targets)
    .find(({ provider }) => provider === name)?.models[0]
  return routed ?? models[0]?.name ?? modelOf(name)
}

function pingOf({ dialect }: ProviderConfig, model: string): WireRequest {
  const request = inboundAdapters.openai.readRequest({
    model,
    max_tokens: 16,
    messages: [{ role: 'user', content: 'ping' }],
  })
  if (!request.ok) throw new Error(request.fault.message)
  return outboundAdapters[dialect].writeRequest(request.value, { model, abilities: {} })
}

/** Limits and full accounts do not make a key wrong; what the provider says is told in any case. */
export function toldFault(what: string, fault: Fault): Finding {
  const says = `${fault.message} (${fault.code})`
  const { remedy } = faultKinds[fault.code]
  if (fault.code === 'upstream_rate_limited' || fault.code === 'upstream_overloaded')
    return notice(what, says, remedy)
  return wrong(what, says, remedy)
}

function lookAtClock(date: string | undefined): readonly Finding[] {
  const apartMs = date === undefined ? 0 : Math.abs(Date.parse(date) - systemClock.wallMs())
  if (!(apartMs > clockApartMs)) return []
  return [
    notice(
      'clock',
      `this machine’s clock is ${Math.round(apartMs / 1_000)} s apart from a provider’s`,
      'Set the clock, for example with NTP.',
    ),
  ]
}
