import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AnyEvent } from '../../protocol/events.ts'
import type { LedgerRecord } from '../../protocol/ledger-entry.ts'
import type { Attempt } from '../../protocol/plan.ts'
import { redact } from '../redact.ts'
import { createLog, type LogOptions } from './log.ts'
import { eventLine, loggedTopics } from './log-line.ts'

type Record = Parameters<ReturnType<typeof createLog>['request']>[0]

const limited: Attempt = {
  provider: 'openai',
  model: 'gpt-4o',
  key: 'key_1',
  startedMs: 5,
  endedMs: 215,
  fault: { code: 'rate_limited', class: 'rate_limit', message: 'slow down', cause: { status: 429 } },
  next: 'other_key',
  because: 'key_2 is free',
}
const answered: Attempt = {
  provider: 'anthropic',
  model: 'claude',
  key: 'key_9',
  startedMs: 220,
  endedMs: 1_220,
  next: 'done',
  because: 'the answer is complete',
}

const base: Record = {
  requestId: 'req_1',
  traceId: 'req_1',
  tenant: 'acme',
  atUtc: '2026-01-01T00:00:00.000Z',
  route: 'chat',
  dialect: 'openai',
  stream: false,
  initialPromptHash: '',
  outcome: 'SUCCESS',
  attempts: [answered],
  resilienceEvents: [],
  resilienceEventsLeftOut: 0,
  totalLatencyMs: 1_234,
  totalApiCalls: 1,
  finalProvider: 'anthropic',
  finalModel: 'claude',
  selectionMode: 'priority',
  rewriteAttempted: false,
  resilienceScore: 1,
  metadata: {},
  dropped: [],
  simulated: false,
}

function written(options: Partial<LogOptions>, records: readonly Record[]): readonly string[] {
  const lines: string[] = []
  const nowUtc = () => '2026-01-01T03:00:00.000Z'
  const write = (line: string) => void lines.push(line)
  const log = createLog({ level: 'info', format: 'text', write, nowUtc, redact, ...options })
  for (const record of records) log.request(record)
  return lines
}

const failure: Partial<LedgerRecord> = {
  outcome: 'FAILURE',
  attempts: [{ ...limited, next: 'give_up', because: 'the request’s time is over' }],
  error: { code: 'all_targets_unavailable', class: 'gateway', message: 'no', chain: [] },
}

const rows: readonly (readonly [
  name: string,
  record: Partial<Record>,
  level: LogOptions['level'],
  line?: string,
])[] = [
  ['a request that went straight through is not told', {}, 'info'],
  [
    'at debug it is',
    {},
    'debug',
    'DEBUG req_1 chat: answered by anthropic/claude in 1.23 s | try 1 anthropic/claude key_9 answered in 1.00 s',
  ],
  [
    'a failover tells each try, its key, why it ended, what came next and why',
    { outcome: 'MITIGATED_SUCCESS', attempts: [limited, answered] },
    'info',
    'WARN  req_1 chat: answered by anthropic/claude after 1.23 s and 2 tries | try 1 openai/gpt-4o key_1 rate_limited (429) in 0.21 s, other key: key_2 is free | try 2 anthropic/claude key_9 answered in 1.00 s',
  ],
  [
    'a failure is an error',
    failure,
    'error',
    'ERROR req_1 chat: failed after 1.23 s and 1 try: all_targets_unavailable | try 1 openai/gpt-4o key_1 rate_limited (429) in 0.21 s, gives up: the request’s time is over',
  ],
  [
    'where nothing was tried it says why',
    {
      ...failure,
      attempts: [],
      error: {
        code: 'all_targets_resting',
        class: 'gateway',
        message: 'all rest',
        chain: ['a/m: its circuit is open'],
      },
    },
    'info',
    'ERROR req_1 chat: failed after 1.23 s and 0 tries: all_targets_resting, all rest; a/m: its circuit is open',
  ],
  ['a failover is not told where errors alone are wanted', { outcome: 'MITIGATED_SUCCESS' }, 'error'],
  ['off tells nothing', failure, 'off'],
  [
    'what a provider said cannot break the line, nor turn it round, nor tell a secret',
    {
      outcome: 'MITIGATED_SUCCESS',
      attempts: [{ ...limited, because: 'said "\nFAKE\u001b[31m\u202e" for sk-abcdefghijklmnop1234' }],
    },
    'info',
    'WARN  req_1 chat: answered by anthropic/claude after 1.23 s and 1 try | try 1 openai/gpt-4o key_1 rate_limited (429) in 0.21 s, other key: said " FAKE [31m " for [key]',
  ],
]
for (const [name, record, level, line] of rows) {
  test(`log: ${name}`, () => {
    const lines = written({ level }, [{ ...base, ...record }])
    assert.deepEqual(lines, line === undefined ? [] : [`2026-01-01T03:00:00.000Z ${line}`])
  })
}

test('log: of many tries the first two and the last are told, and a line has an end', () => {
  const attempts = Array.from({ length: 40 }, () => ({ ...limited, because: 'x'.repeat(2_000) }))
  const [short = ''] = written({}, [
    { ...base, outcome: 'FAILURE', attempts: attempts.map((one) => ({ ...one, because: 'y' })) },
  ])
  assert.match(short, /\| try 2 .* \| 37 more \| try 40 /)
  const [long = ''] = written({}, [{ ...base, outcome: 'FAILURE', attempts }])
  assert.ok(long.length < 1_100, String(long.length))
})

test('log: as JSON each line is an object with the tries in it', () => {
  const [line = ''] = written({ format: 'json' }, [
    { ...base, outcome: 'MITIGATED_SUCCESS', attempts: [limited, answered] },
  ])
  const told = JSON.parse(line)
  assert.deepEqual(
    [told.level, told.time, told.requestId, told.outcome],
    ['warn', '2026-01-01T03:00:00.000Z', 'req_1', 'MITIGATED_SUCCESS'],
  )
  assert.deepEqual(told.attempts[0], {
    provider: 'openai',
    model: 'gpt-4o',
    key: 'key_1',
    latencyMs: 210,
    fault: 'rate_limited',
    status: 429,
    next: 'other_key',
    because: 'key_2 is free',
  })
  assert.match(told.msg, /^req_1 chat: answered/)
})

test('log: events an operator acts on have a line, others none', () => {
  const event = (topic: string, payload: object) =>
    ({ topic, payload, eventId: 'e', source: 'test', atUtc: '', severity: 'INFO' }) as AnyEvent
  assert.deepEqual(
    eventLine(
      event('circuit.tripped', {
        circuit: 'openai/gpt-4o',
        reason: '5 failures in a row',
        failures: 5,
        openForMs: 5_000,
      }),
    )?.message,
    'circuit openai/gpt-4o opened for 5.00 s: 5 failures in a row',
  )
  assert.equal(eventLine(event('api.request.start', {})), undefined)
  assert.ok(loggedTopics.includes('alert.raised'))
})
