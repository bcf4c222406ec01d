/** What an operator orders by hand: a provider, one of its models or one of its keys is isolated or released. */

import { z } from 'zod'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import type { Engine } from '../../gateway/engine/engine-port.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'

const target = z
  .string()
  .regex(/^[^/\s]+(\/\S+)?$/, 'must be PROVIDER or PROVIDER/MODEL')
  .max(300)
  .describe('PROVIDER, or PROVIDER/MODEL')
const key = z
  .string()
  .min(1)
  .max(100)
  .optional()
  .describe('this key of the provider only, by its fingerprint; it stands in GET /admin/health')

export const isolateSchema = z.strictObject({
  target,
  key,
  because: z.string().min(1).max(300).default('no reason was given').describe('for those who wonder later'),
})
export const releaseSchema = z.strictObject({ target, key })

export type HealthOrder =
  | ({ readonly kind: 'isolate' } & z.output<typeof isolateSchema>)
  | ({ readonly kind: 'release' } & z.output<typeof releaseSchema>)

/** `body` as it came; a fault names the field. */
export function readOrder(kind: HealthOrder['kind'], body: unknown): Outcome<HealthOrder, Fault> {
  const read =
    kind === 'isolate'
      ? isolateSchema.transform((order): HealthOrder => ({ kind: 'isolate', ...order })).safeParse(body)
      : releaseSchema.transform((order): HealthOrder => ({ kind: 'release', ...order })).safeParse(body)
  if (!read.success) {
    const [issue] = read.error.issues
    const field = issue?.path.join('.')
    return failed(
      makeFault('invalid_request', [field, issue?.message].filter(Boolean).join(': '), { param: field }),
    )
  }
  if (read.data.key !== undefined && read.data.target.includes('/'))
    return failed(
      makeFault('invalid_request', 'target: a key is isolated for all models, so name its provider alone', {
        param: 'target',
      }),
    )
  return done(read.data)
}

type Operated = Pick<Engine, 'isolate' | 'release' | 'isolateKey' | 'releaseKey'>

/** In this process, at once. */
export function carryOut(engine: Operated, order: HealthOrder): Outcome<void, Fault> {
  const { kind, target, key } = order
  if (kind === 'release') return key === undefined ? engine.release(target) : engine.releaseKey(target, key)
  return key === undefined
    ? engine.isolate(target, order.because)
    : engine.isolateKey(target, key, order.because)
}
