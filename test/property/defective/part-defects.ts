/** Defects beside the policies: in what the engine is given, and in what stands around it. */

import type { Engine, EngineParts } from '../../../src/gateway/engine/engine-port.ts'
import type { OutboundAdapter } from '../../../src/protocol/adapter.ts'
import type { Defect } from './defect.ts'

const reading = (change: (right: OutboundAdapter) => Partial<OutboundAdapter>) => () => ({
  parts: (parts: EngineParts): EngineParts => {
    const right = parts.adapters.openai
    return right ? { ...parts, adapters: { openai: { ...right, ...change(right) } } } : parts
  },
})

const answering = (chat: (engine: Engine) => Engine['chat']) => () => ({
  engine: (engine: Engine): Engine => ({ ...engine, chat: chat(engine) }),
})

type Chunks = Extract<Awaited<ReturnType<Engine['chat']>>, { kind: 'stream' }>['chunks']

const streaming = (change: (chunks: Chunks) => Chunks) =>
  answering((engine) => async (asked) => {
    const answer = await engine.chat(asked)
    return answer.kind === 'stream' ? { ...answer, chunks: change(answer.chunks) } : answer
  })

export const partDefects: readonly Defect[] = [
  {
    name: 'a stream that breaks off is taken for a whole one',
    caughtBy: 'I3',
    within: 50,
    replaced: reading((right) => ({
      openStream() {
        const reader = right.openStream()
        return { push: (event) => reader.push(event), end: () => [{ kind: 'end' }] }
      },
    })),
  },
  {
    name: 'every fault is read as a server error',
    caughtBy: 'P3',
    within: 50,
    replaced: reading((right) => ({
      readFault: (answer) => right.readFault({ ...answer, status: 500, body: '' }),
    })),
  },
  {
    name: 'usage is counted twice',
    caughtBy: 'I21',
    within: 50,
    replaced: reading((right) => ({
      readReply(body) {
        const reply = right.readReply(body)
        if (!reply.ok || !reply.value.usage) return reply
        const { input, output, ...rest } = reply.value.usage
        return {
          ok: true,
          value: { ...reply.value, usage: { ...rest, input: 2 * input, output: 2 * output } },
        }
      },
    })),
  },
  {
    name: 'the first piece of a stream is sent twice',
    caughtBy: 'I1',
    within: 50,
    replaced: streaming(async function* (chunks) {
      let isFirst = true
      for await (const chunk of chunks) {
        yield chunk
        if (isFirst && chunk.parts.some(({ kind }) => kind === 'text')) {
          isFirst = false
          yield chunk
        }
      }
    }),
  },
  {
    name: 'the last piece of a stream is lost',
    caughtBy: 'I2',
    within: 50,
    replaced: streaming(async function* (chunks) {
      for await (const chunk of chunks)
        if (!chunk.parts.some(({ kind }) => kind === 'end' || kind === 'broken')) yield chunk
    }),
  },
  {
    name: 'nobody is told that the caller left',
    caughtBy: 'I7',
    within: 50,
    replaced: answering(
      (engine) => (asked) => engine.chat({ ...asked, signal: new AbortController().signal }),
    ),
  },
  {
    name: 'every request is asked twice, in case one is slow',
    caughtBy: 'I9',
    within: 50,
    replaced: answering((engine) => (asked) => Promise.race([engine.chat(asked), engine.chat(asked)])),
  },
  {
    name: 'durations are measured on the wall clock',
    caughtBy: 'I18',
    within: 60,
    replaced: () => ({
      parts: (parts) => ({ ...parts, clock: { ...parts.clock, monoMs: () => parts.clock.wallMs() } }),
    }),
  },
  {
    name: 'calls go out before the intent is written',
    caughtBy: 'I25',
    within: 50,
    replaced: () => ({
      parts: (parts) => ({
        ...parts,
        notary: {
          ...parts.notary,
          async intend(intent) {
            void parts.notary.intend(intent)
            return { ok: true }
          },
        },
      }),
    }),
  },
  {
    name: 'the end of a request is told before its last attempt',
    caughtBy: 'I29',
    within: 50,
    replaced: () => ({
      parts: (parts) => ({
        ...parts,
        publish(topic, payload, about) {
          if (topic === 'api.call.success') {
            const end = { outcome: 'SUCCESS', totalLatencyMs: 0, attempts: 1 } as const
            parts.publish('api.request.end', end, about)
          }
          if (topic !== 'api.request.end') parts.publish(topic, payload, about)
        },
      }),
    }),
  },
  {
    name: 'requests that ended are counted as running',
    caughtBy: 'I24',
    within: 50,
    replaced: () => {
      let asked = 0
      return {
        engine: (engine) => ({
          ...engine,
          running: () => asked,
          chat(request) {
            asked += 1
            return engine.chat(request)
          },
        }),
      }
    },
  },
  {
    name: 'a timer is left behind for each request',
    caughtBy: 'I33',
    within: 50,
    replaced: () => ({
      parts: (parts) => ({
        ...parts,
        notary: {
          ...parts.notary,
          intend(intent) {
            parts.clock.after(10 * 86_400_000, () => {})
            return parts.notary.intend(intent)
          },
        },
      }),
    }),
  },
  {
    name: 'an entry that is not confirmed makes the answer wait',
    caughtBy: 'I34',
    within: 60,
    replaced: () => ({
      parts: (parts) => ({
        ...parts,
        notary: {
          ...parts.notary,
          async record(entry, texts) {
            const written = await parts.notary.record(entry, texts)
            if (!written.ok) await parts.clock.sleep(100)
            return written
          },
        },
      }),
    }),
  },
]
