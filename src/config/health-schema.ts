/** The part of the configuration file that says when the gateway calls itself healthy. */

import { z } from 'zod'

const share = (fallback: number) => z.number().min(0).max(1).default(fallback)

export const healthSchema = z
  .strictObject({
    window_ms: z
      .int()
      .min(1_000)
      .max(86_400_000)
      .default(300_000)
      .describe('stretch of time that detailed health looks back over'),
    min_requests: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(10)
      .describe('requests, or calls of a provider, from which their success is judged'),
    unhealthy_success: share(0.8).describe('success at which, or below, it is `unhealthy`'),
    degraded_success: share(0.95).describe('success below which it is `degraded`'),
    degraded_errors: z
      .int()
      .min(0)
      .max(1_000_000_000)
      .default(5)
      .describe('failed requests of the window beyond which it is `degraded`, whatever their share'),
  })
  .refine(({ unhealthy_success: bad, degraded_success: well }) => bad <= well, {
    path: ['unhealthy_success'],
    message: 'must not be above degraded_success',
  })
  .prefault({})

export interface HealthConfig {
  readonly windowMs: number
  /** Requests or calls from which a share is judged, at least 1. */
  readonly minRequests: number
  /** Success share, 0 to 1, at which or below it is unhealthy. */
  readonly unhealthySuccess: number
  /** Success share, 0 to 1, below which it is degraded; at least `unhealthySuccess`. */
  readonly degradedSuccess: number
  /** Failed requests beyond which it is degraded. */
  readonly degradedErrors: number
}

export const toHealth = (file: z.infer<typeof healthSchema>): HealthConfig => ({
  windowMs: file.window_ms,
  minRequests: file.min_requests,
  unhealthySuccess: file.unhealthy_success,
  degradedSuccess: file.degraded_success,
  degradedErrors: file.degraded_errors,
})
