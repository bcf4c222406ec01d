import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EndpointClass } from '../../config/config.ts'
import { type Endpoint, endpointClass } from './endpoint-class.ts'

const rows: readonly [endpoint: Endpoint, is: EndpointClass][] = [
  [{ method: 'GET', path: '/health', scope: 'public' }, 'health'],
  [{ method: 'GET', path: '/health/detailed', scope: ['read'] }, 'reading'],
  [{ method: 'GET', path: '/v1/models/*', scope: ['inference', 'read'] }, 'models'],
  [{ method: 'GET', path: '/metrics', scope: ['read'] }, 'reading'],
  [{ method: 'POST', path: '/v1/traces', scope: ['inference', 'operate'] }, 'ingest'],
  [{ method: 'POST', path: '/admin/keys', scope: ['admin'] }, 'writing'],
  [{ method: 'DELETE', path: '/admin/secrets/:id', scope: 'installation' }, 'writing'],
  [{ method: 'POST', path: '/admin/prewarm', scope: ['operate'], rate: 'trigger' }, 'trigger'],
]
for (const [endpoint, is] of rows)
  test(`endpoint class: ${endpoint.method} ${endpoint.path}`, () => assert.equal(endpointClass(endpoint), is))
