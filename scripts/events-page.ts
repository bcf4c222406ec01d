/** The page of events: topics, severities and payloads from the lists the program uses. */

import { readFileSync } from 'node:fs'
import type { Topic } from '../src/protocol/events.ts'
import { recordedTopics } from '../src/record/recorder.ts'
import { topicSeverities } from '../src/record/topics.ts'

const meanings: Readonly<Record<Topic, string>> = {
  'api.request.start': 'A request was accepted and its plan made.',
  'api.request.end': 'A request ended, however it did.',
  'api.call.attempt': 'A provider is called.',
  'api.call.success': 'A provider answered.',
  'api.call.failure': 'A call to a provider failed.',
  'api.key.rotation': 'The same model is tried with another key.',
  'model.failover': 'Another model of the provider is tried.',
  'provider.failover': 'Another provider is tried.',
  'circuit.tripped': 'Calls are no longer sent to a target that keeps failing.',
  'circuit.reset': 'A target answered its probe and is called again.',
  'all.providers.failed': 'No target of the plan answered.',
  'resource.penalized': 'A key rests and loses health.',
  'resource.health.restored': 'A key gained health back.',
  'resource.healed.all': 'Every key of a provider was made healthy.',
  'prompt.humanization.attempt': 'A prompt that a provider refused is rewritten.',
  'prompt.humanization.success': 'The rewritten prompt was answered.',
  'prompt.humanization.failure': 'The rewritten prompt was refused too, or could not be made.',
  'bias.ledger.entry.created': 'A request was entered in the ledger.',
  'bias.ledger.failure': 'The ledger is not written.',
  'model.skipped.cost_cap': 'A target was left out because it would cost more than the caller allows.',
  'configuration.error': 'A changed configuration was not taken over.',
  'configuration.loaded': 'A changed configuration is in force.',
  'cache.hit': 'An answer came from the cache.',
  'cache.miss': 'The cache had no answer.',
  'limit.rejected': 'A request was refused by a limit.',
  'stream.recovered': 'A broken stream was finished by another target.',
  'telemetry.dropped': 'Events were lost for want of room since the last such event.',
  'alert.raised': 'Something needs attention.',
  'alert.resolved': 'It no longer does.',
  'prompt.deployed': 'A version of a prompt is in use.',
  'prompt.rolled_back': 'An earlier version of a prompt is in use again.',
  'experiment.finished': 'An experiment has its result.',
  'learning.updated': 'What is known of a target changed.',
  'system.health': 'The state of a part of the gateway changed.',
}

const source = readFileSync(new URL('../src/protocol/events.ts', import.meta.url), 'utf8')

/** The payload's type as it stands in the source, on one line. */
function payloadOf(topic: Topic): string {
  const [, list = ''] = /interface EventPayloads \{\n([\s\S]*?)\n\}\n/.exec(source) ?? []
  const start = list.indexOf(`'${topic}': `)
  const [, type = ''] = /^'[^']+': ([\s\S]*?)(?=\n {2}'|$(?![\s\S]))/.exec(list.slice(start)) ?? []
  return type
    .replace(/readonly /g, '')
    .replace(/\s+/g, ' ')
    .replace('Record<string, never>', '{}')
    .trim()
}

export function eventsPage(): string {
  const stored = new Set(recordedTopics('info'))
  const topics = Object.keys(topicSeverities) as Topic[]
  const rows = topics.map(
    (topic) =>
      `| \`${topic}\` | ${topicSeverities[topic]} | ${stored.has(topic) ? 'yes' : ''} | ${meanings[topic]} | \`${payloadOf(topic).replaceAll('|', '\\|')}\` |`,
  )
  return `# Events

What happens in the gateway, as events on a bus inside the process. This page is generated from \`src/protocol/events.ts\` and \`src/record/topics.ts\`.

Each event has \`eventId\`, \`topic\`, \`source\`, \`atUtc\`, \`severity\` (DEBUG, INFO, WARNING, ERROR, CRITICAL), \`payload\`, and \`requestId\` and \`traceId\` where it belongs to a request. Events of one request come in the order in which they happened; failover events name the target that was really left and the one that is really tried.

*Stored* says which are written to \`events.sqlite\` in the data directory at the default \`events.level: info\`; \`debug\` stores all of them. What the ledger holds of each request anyway is left out. Texts in payloads are redacted first (see [privacy.md](privacy.md)). \`GET /v1/events\` lists them, newest first, by \`topic\`, \`severity\`, \`request\`, \`from\` and \`to\`.

At most \`events.queue\` events wait to be stored. Beyond that the oldest of the least severe are dropped and counted, and \`telemetry.dropped\` tells it. A store that is slow, locked, full or gone costs events and never a request: one line of the log says so, one says that it is back.

\`AtTarget\` is \`{ provider, model }\`; \`AtKey\` is that and the key's fingerprint \`key\`; \`Failure\` is \`{ code, class, message }\` of a [fault](faults.md).

| topic | severity | stored | means | payload |
|---|---|---|---|---|
${rows.join('\n')}
`
}
