/** The pages about serving: every configuration in them is read. Their commands are run in the long tests. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { readConfig } from '../src/config/read-config.ts'

const known = { OPENAI_API_KEY: 'k', GROQ_API_KEY: 'k' }
/** What a page leaves out for brevity. */
const providers = 'providers: { openai: { keys: [k] }, groq: { keys: [k] } }\n'
const routes = 'routes: { chat: { targets: [ { provider: openai, models: [gpt-4.1-mini] } ] } }\n'

for (const name of ['batch', 'caching', 'limits', 'monitoring', 'operations', 'profiles'])
  test(`docs/${name}.md: its configurations are read`, () => {
    const page = readFileSync(new URL(`../docs/${name}.md`, import.meta.url), 'utf8')
    const examples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text)
    assert.ok(examples.length > 0)
    for (const example of examples) {
      const parts = [
        example.includes('providers:') ? '' : providers,
        example.includes('routes:') ? '' : routes,
        example,
      ]
      const read = readConfig({ text: parts.join(''), file: `${name}.md`, env: known })
      assert.ok(read.ok, JSON.stringify(read))
    }
  })
