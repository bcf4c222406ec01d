/** What `serve` prints: where it listens, which providers it uses, and what to try next. */

import type { Config } from '../config/config.ts'

export interface Welcome {
  readonly address: string
  readonly config: Config
  readonly source: string
  readonly dataDir: string
  readonly asksForKey: boolean
}

export function welcomeText({ address, config, source, dataDir, asksForKey }: Welcome): string {
  const simulated = [...config.providers.values()].some((provider) => provider.simulated)
  const providers = [...config.providers.values()].map(({ name, keys, keyless }) =>
    keyless && keys.length === 0
      ? `${name} (no key)`
      : `${name} (${keys.length} key${keys.length === 1 ? '' : 's'})`,
  )
  const route = config.routes.keys().next().value ?? 'PROVIDER/MODEL'
  return [
    `Adaptive Mind listens on ${address}`,
    `  configuration  ${source}`,
    `  providers      ${providers.join(', ')}`,
    `  ledger         ${dataDir}`,
    `  callers        ${asksForKey ? 'need a key: see keys list' : 'of this machine, without a key'}`,
    ...(simulated
      ? [
          '',
          '  SIMULATED: no provider key was found, so the sandbox makes up every answer.',
          '  Set OPENAI_API_KEY, ANTHROPIC_API_KEY, GEMINI_API_KEY … or write adaptive-mind.yaml.',
        ]
      : []),
    '',
    'Try:',
    `  curl ${address}/v1/chat/completions -H 'content-type: application/json'${asksForKey ? " -H 'authorization: Bearer KEY'" : ''} \\`,
    `    -d '{"model":"${route}","messages":[{"role":"user","content":"Hello"}]}'`,
    '',
    'Or with the OpenAI SDK:',
    `  const client = new OpenAI({ baseURL: '${address}/v1', apiKey: '${asksForKey ? 'KEY' : 'none'}' })`,
    `  await client.chat.completions.create({ model: '${route}', messages: [{ role: 'user', content: 'Hello' }] })`,
    '',
    'Then see what is remembered of it: npm run --silent cli -- ledger list',
  ].join('\n')
}
