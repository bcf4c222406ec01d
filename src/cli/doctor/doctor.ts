/** `doctor`: looks at everything the gateway needs, says what is wrong and what to do. */

import { createHmac } from 'node:crypto'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { reasonOf } from '../../base/reason.ts'
import type { Config } from '../../config/config.ts'
import { knownModels } from '../../gateway/catalogue/describe-model.ts'
import { createUndiciTransport } from '../../gateway/transport/undici-transport.ts'
import { openControlFile } from '../../record/control/control-file.ts'
import { createSecretStore } from '../../record/control/secret-store.ts'
import { readInstallationKey } from '../../record/data-directory.ts'
import { type Loaded, loadConfig } from '../load-config.ts'
import { type CommonOptions, complain, dataDirectory, print } from '../options.ts'
import { proxiesFrom } from '../proxies.ts'
import { merge } from '../stored-keys.ts'
import { type Finding, findingText, fine, notice, wrong } from './finding.ts'
import { lookAtDisk } from './look-at-disk.ts'
import { lookAtKeys } from './look-at-keys.ts'
import { lookAtPort } from './look-at-port.ts'
import { lookAtRedis } from './look-at-redis.ts'

export interface DoctorOptions extends CommonOptions {
  /** False leaves the calls to providers out. */
  readonly calls: boolean
}

/** Exit code: 0 where nothing is wrong, 1 elsewhere. */
export async function doctor(options: DoctorOptions): Promise<number> {
  const found = await lookAtAll(options)
  const isWell = found.every(({ state }) => state !== 'wrong')
  if (options.json) print(JSON.stringify({ ok: isWell, findings: found }))
  else {
    for (const finding of found) if (!options.quiet || finding.state !== 'fine') print(findingText(finding))
    const count = found.filter(({ state }) => state === 'wrong').length
    if (isWell) print('nothing is wrong')
    else complain(`${count} ${count === 1 ? 'thing is' : 'things are'} wrong`)
  }
  return isWell ? 0 : 1
}

async function lookAtAll(options: DoctorOptions): Promise<readonly Finding[]> {
  const loaded = loadConfig(options.config)
  const disk = lookAtDisk(dataDirectory(options))
  if (!loaded.ok)
    return [wrong('configuration', loaded.fault.join('; '), 'Correct the fields that are named.'), ...disk]
  const { config } = loaded.value
  const about = aboutConfig(loaded.value)
  if (config === undefined) return [about, ...disk]
  return [
    about,
    ...disk,
    await lookAtRedis(config.redis),
    ...(await lookAtPort(config.server)),
    ...(options.calls ? await lookWithKeys(config, dataDirectory(options)) : []),
  ]
}

function aboutConfig({ config, source }: Loaded): Finding {
  if (config === undefined)
    return notice(
      'configuration',
      'there is none, so the sandbox answers',
      'Set a provider’s key in the environment, or write adaptive-mind.yaml.',
    )
  const { providers, routes } = config
  return fine('configuration', `${source}: ${providers.size} providers, ${routes.size} routes`)
}

async function lookWithKeys(config: Config, dataDir: string): Promise<readonly Finding[]> {
  const installation = installationKeyOf(dataDir)
  if (installation.ok) return tryKeys(config, dataDir, installation.value)
  const remedy = 'Restore installation.key from a backup of the data directory, or let this user read it.'
  return [wrong('installation key', installation.fault, remedy), ...(await tryKeys(config, dataDir))]
}

function installationKeyOf(dataDir: string): Outcome<Buffer | undefined, string> {
  try {
    return done(readInstallationKey(dataDir))
  } catch (error) {
    return failed(reasonOf(error))
  }
}

async function tryKeys(config: Config, dataDir: string, installation?: Buffer): Promise<readonly Finding[]> {
  const transport = createUndiciTransport({
    connectMs: config.timeouts.connectMs,
    proxies: proxiesFrom(process.env),
  })
  const whole = withStored(config, dataDir, installation)
  const seal = installation ?? Buffer.alloc(32)
  const nameOf = (key: string) => `key_${createHmac('sha256', seal).update(key).digest('hex').slice(0, 8)}`
  const modelOf = (provider: string) => knownModels(provider)[0]
  try {
    return await lookAtKeys({ config: whole, transport, nameOf, modelOf })
  } finally {
    await transport.close()
  }
}

/** With the keys that are sealed in the data directory, where they can be opened. */
function withStored(config: Config, dataDir: string, installation: Buffer | undefined): Config {
  if (installation === undefined || ![...config.providers.values()].some(({ storedKeys }) => storedKeys))
    return config
  const file = openControlFile(dataDir)
  if (!file.ok) return config
  try {
    // Merged and nothing else: looking must not clear anything away.
    const merged = merge(config, createSecretStore(file.value, installation))
    return merged.ok ? merged.value : config
  } finally {
    file.value.close()
  }
}
