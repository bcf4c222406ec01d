/** Writes what is generated into `docs/`: the pages of fields and faults, and the schema for editors. `--check` only compares. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { configSchema } from '../src/config/schema.ts'
import { configurationPage } from './configuration-page.ts'
import { detectorsPage } from './detectors-page.ts'
import { eventsPage } from './events-page.ts'
import { faultsPage } from './faults-page.ts'
import { grafanaDashboard, metricsPage } from './metrics-page.ts'
import { sandboxPage } from './sandbox-page.ts'
import { simulationPage } from './simulation-page.ts'

const example = `
## An example

\`\`\`yaml
# yaml-language-server: $schema=./docs/adaptive-mind.schema.json
server: { host: 127.0.0.1, port: 4100, trust_proxy: [10.0.0.0/8] }
providers:
  openai: { keys: ["\${OPENAI_API_KEY}", "\${OPENAI_API_KEY_2:-}"] } # a known provider: the rest is known
  house:
    dialect: openai
    base_url: "http://127.0.0.1:9200/v1"
    keys: ["k1", "k2"]
    models:
      - small
      - { name: large, context_tokens: 32000, input_price: "0.15", output_price: "0.60", vision: false }
  claude: { dialect: anthropic, base_url: "http://127.0.0.1:9201", keys: ["k3"], models: [c1] }
routes:
  chat: # what a caller puts in "model"
    targets: # tried in this order
      - { provider: house, models: [small, large] }
      - { provider: claude, models: [c1] }
    strategy: priority
    streams: { recovery: [prefill, align, continue] } # and pace: { by: sentence, every_ms: 20 }
    rewrite: off
    cache: { mode: write, ttl_ms: 3600000, sampled: false } # off where nothing is said
timeouts: { total_ms: 120000, connect_ms: 5000, first_token_ms: 10000, idle_ms: 15000, response_ms: 60000 }
profile: chat # of requests that name none; a route may name one, too
profiles: # limits a caller chooses by adaptive.profile
  phone: { total_ms: 2000, first_token_ms: 600, response_ms: 1400, stream_ms: 120000, patience_ms: 0 }
attempts: { max: 12, same_try: 2, base_ms: 250, max_ms: 4000, patience_ms: 2500 }
breaker: { trip_after: 5, open_for_ms: 20000, failed_share: 0.5, min_calls: 20, probes: 1, enforce: 1 }
retries: { share: 0.2, per_minute: 10 }
throttle: { k: 2, window_ms: 120000, min_calls: 20 }
key_pool: { penalty: 0.5, healing_interval_ms: 3600000, healing_increment: 0.1, rest_cap_ms: 300000 }
rewriter: { attempts: 1, scope: last, timeout_ms: 5000, max_cost_usd: 0.01 } # and target: PROVIDER/MODEL, where a route rewrites
unknown_faults: server
rates: { mode: auto, chat_per_minute: 100, models_per_minute: 500, trigger_per_minute: 10 }
tenants:
  acme: { limits: { requests_per_minute: 600, usd_per_month: "100.00" } }
shedding: { in_flight: 5000, lag_ms: 500, lag_for_ms: 2000, heap_share: 0.92 }
health: { window_ms: 300000, min_requests: 10, unhealthy_success: 0.8, degraded_success: 0.95, degraded_errors: 5 }
cache: { memory_bytes: 20971520, memory_entries: 10000, entry_bytes: 2097152, stale_if_error_ms: 86400000 } # and semantic: { target: PROVIDER/MODEL }, where a route compares meanings
batch: { concurrency: 20, max_lines: 50000, max_file_bytes: 209715200, keep_days: 30 }
prewarm: { file: prewarm.yaml, on_start: true, interval_ms: 1800000, workers: 3, tenant: acme }
redis: { url: "redis://127.0.0.1:6379/0", prefix: adaptive-mind, wait_ms: 50 }
access: # callers' keys by their digest: adaptive-mind keys create --for-file
  keys:
    - name: reports
      digest: "sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
      scopes: [inference]
      tenant: acme
      routes: [chat]
      limits: { requests_per_minute: 60, usd_per_day: "5.00" }
ledger:
  previews: redacted
  mode: best-effort
  commit_wait_ms: 250
  checkpoints: { every_entries: 1000, file: /mnt/elsewhere/checkpoints.ndjson }
resilience_score: { call_failure: 0.2, all_failed: 0.5 }
events: { level: info }
retention: { previews_days: 90, content_days: 30, events_days: 7 }
traces: { text_characters: 16384, keep_days: 30 }
log: { level: info, format: auto }
exporters: # off where no endpoint and no key is given
  otlp: { endpoint: "http://127.0.0.1:4318/v1/traces", headers: ["x-team: gateway"] }
  langsmith: { api_key: "\${LANGSMITH_API_KEY:-}", project: gateway }
\`\`\`

The first line lets an editor check the file against [adaptive-mind.schema.json](adaptive-mind.schema.json).
`

const editorSchema = { ...z.toJSONSchema(configSchema, { io: 'input' }), title: 'adaptive-mind.yaml' }

export const pages: readonly [path: string, text: string][] = [
  ['docs/configuration.md', configurationPage() + example],
  ['docs/faults.md', faultsPage()],
  ['docs/metrics.md', metricsPage()],
  ['docs/grafana/adaptive-mind.json', `${JSON.stringify(grafanaDashboard(), null, 2)}\n`],
  ['docs/detectors.md', detectorsPage()],
  ['docs/events.md', eventsPage()],
  ['docs/sandbox.md', sandboxPage()],
  ['docs/simulation.md', simulationPage()],
  ['docs/adaptive-mind.schema.json', `${JSON.stringify(editorSchema, null, 2)}\n`],
]

const root = new URL('..', import.meta.url)
if (import.meta.main) {
  for (const [path, text] of pages) {
    const file = new URL(path, root)
    if (!process.argv.includes('--check')) writeFileSync(file, text)
    else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
      process.stderr.write(`${path} is out of date: npm run docs\n`)
      process.exitCode = 1
    }
  }
}
