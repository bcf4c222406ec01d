/** Every role on every route, generated from what the server has registered. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { RouteScope } from '../../src/server/access/decide.ts'
import { directPaths } from '../../src/server/direct-paths.ts'
import { adminKey, type ClosedServer, openClosedServer } from './closed-server.ts'

let server: ClosedServer
let keys: Readonly<Record<string, string>>
before(async () => {
  server = await openClosedServer()
  keys = {
    inference: server.make({ scopes: ['inference'], tenant: 'acme' }),
    read: server.make({ scopes: ['read'], tenant: 'acme' }),
    operate: server.make({ scopes: ['operate'], tenant: 'acme' }),
    'admin of a tenant': server.make({ scopes: ['admin'], tenant: 'acme' }),
    'admin of all': server.make({ scopes: ['admin'], tenant: '*' }),
    'read of all': server.make({ scopes: ['read'], tenant: '*' }),
    'admin key': adminKey,
  }
})
after(() => server.close())

/** Said once more, apart from the code that decides. */
const roles: Readonly<Record<string, readonly string[]>> = {
  inference: ['any', 'inference'],
  read: ['any', 'read'],
  'read of all': ['any', 'read'],
  operate: ['any', 'read', 'operate'],
  'admin of a tenant': ['any', 'inference', 'read', 'operate', 'admin'],
  'admin of all': ['any', 'inference', 'read', 'operate', 'admin', 'installation'],
  'admin key': ['any', 'inference', 'read', 'operate', 'admin', 'installation'],
}

interface Route {
  readonly method: string
  readonly path: string
  readonly scope: RouteScope | undefined
}

const routes = (): readonly Route[] => [
  ...server.app.declaredRoutes.flatMap(({ methods, path, scope }) =>
    methods.map((method) => ({ method, path: path.replace(/:\w+|\*/g, 'none'), scope })),
  ),
  ...[...directPaths].map(([path, { scope }]) => ({ method: 'POST', path, scope })),
]

async function statusOf({ method, path }: Route, key?: string): Promise<number> {
  const answer = await fetch(server.url + path, {
    method,
    headers: { 'content-type': 'application/json', ...(key ? { authorization: `Bearer ${key}` } : {}) },
    ...(method === 'GET' || method === 'HEAD' ? {} : { body: '{}' }),
  })
  await answer.arrayBuffer()
  return answer.status
}

test('matrix: every route declares its scope, and was added behind the guard', () => {
  assert.deepEqual(
    routes().filter(({ scope }) => scope === undefined),
    [],
  )
  // The framework's own list, told apart from ours by how it is made.
  const printed = server.app.printRoutes({ commonPrefix: false })
  const leaves = [...printed.matchAll(/\(([A-Z, ]+)\)/g)].flatMap(([, methods = '']) => methods.split(', '))
  assert.equal(leaves.length, server.app.declaredRoutes.flatMap(({ methods }) => methods).length)
})

test('matrix: what asks for no key at all', () => {
  assert.deepEqual(
    routes()
      .filter(({ scope }) => scope === 'public')
      .map(({ method, path }) => `${method} ${path}`)
      .sort(),
    ['GET /health', 'HEAD /health'],
  )
})

test('matrix: role × route', async () => {
  let cells = 0
  for (const route of routes()) {
    const isPublic = route.scope === 'public'
    const what = `${route.method} ${route.path}`
    assert.equal((await statusOf(route)) === 401, !isPublic, `${what} without a key`)
    for (const [role, may] of Object.entries(roles)) {
      const wanted = route.scope === undefined ? ['installation'] : [route.scope].flat()
      const allowed = isPublic || wanted.some((scope) => may.includes(scope))
      const status = await statusOf(route, keys[role])
      assert.notEqual(status, 401, `${what} as ${role}`)
      assert.equal(status !== 403, allowed, `${what} as ${role}: ${status}`)
      cells += 1
    }
  }
  assert.ok(cells >= 100, `${cells} cells`)
})

test('matrix: a route that declares no scope is open to the installation’s admin alone', async (t) => {
  const other = await openClosedServerWith('/forgotten')
  t.after(() => other.close())
  const status = async (key: string) =>
    (await fetch(`${other.url}/forgotten`, { headers: { 'x-api-key': key } })).status
  assert.equal(await status(other.make({ scopes: ['admin'], tenant: 'acme' })), 403)
  assert.equal(await status(adminKey), 200)
  assert.equal((await fetch(`${other.url}/forgotten`)).status, 401)
  assert.ok(other.app.declaredRoutes.some(({ path, scope }) => path === '/forgotten' && scope === undefined))
})

/** Routes cannot be added to a server that listens, so this one is told before. */
async function openClosedServerWith(path: string): Promise<ClosedServer> {
  return await openClosedServer('', (app) => void app.get(path, (_request, reply) => reply.send({})))
}
