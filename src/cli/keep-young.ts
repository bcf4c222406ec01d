/** Keeps what a request needs among the young objects, which the collector takes away cheaply. */

import { setFlagsFromString } from 'node:v8'

/**
 * V8 decides for good where in the code objects are made that live long, and makes them among the old from then on.
 * A burst of requests that all wait is enough for that: each request behind it left some 10 kB to the slow collector, and everything took a quarter longer.
 * Called once the start is over, and taken back at the end, for compiled code that is kept fits only the flags it was made with.
 */
export function keepYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
  process.once('exit', () => setFlagsFromString('--allocation-site-pretenuring'))
}
