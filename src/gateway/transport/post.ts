/** Posts one body to a sink of ours, with a limit on its time; redirects are not followed, for headers carry keys. */

import { request } from 'undici'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { reasonOf } from '../../base/reason.ts'

export interface PostCall {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Long enough for a sink far away, short enough that a silent one does not fill the queue unseen. */
const patienceMs = 10_000

/** The status, or why there was none. The answer's body is read away, up to a bound, and not told. */
export async function post(
  { url, headers, body }: PostCall,
  withinMs = patienceMs,
): Promise<Outcome<{ readonly status: number }, string>> {
  try {
    const signal = AbortSignal.timeout(withinMs)
    const answer = await request(url, { method: 'POST', headers: { ...headers }, body, signal })
    await answer.body.dump({ limit: 65_536, signal })
    return done({ status: answer.statusCode })
  } catch (error) {
    return failed(reasonOf(error))
  }
}
