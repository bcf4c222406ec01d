import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyGrant, Scope } from '../../protocol/access.ts'
import { broaderThan, mayAsk, mayEnter, maySee, type RouteScope, tenantOf } from './decide.ts'

const grant = (given: Partial<KeyGrant> = {}): KeyGrant => ({
  tenant: 'acme',
  scopes: ['inference'],
  limits: {},
  ...given,
})

const entries: readonly [name: string, scopes: readonly Scope[], route: RouteScope, expected: boolean][] = [
  ['anybody enters what is public', [], 'public', true],
  ['any key asks about itself', ['read'], 'any', true],
  ['inference calls models', ['inference'], ['inference'], true],
  ['inference reads nothing', ['inference'], ['read'], false],
  ['read calls no model', ['read'], ['inference'], false],
  ['one of several scopes is enough', ['read'], ['inference', 'read'], true],
  ['operate reads', ['operate'], ['read'], true],
  ['operate calls no model', ['operate'], ['inference'], false],
  ['operate makes no keys', ['operate'], ['admin'], false],
  ['admin does all of it', ['admin'], ['inference'], true],
  ['admin of a tenant is not admin of the installation', ['admin'], 'installation', false],
  ['no scope, nothing', [], ['inference', 'read', 'operate', 'admin'], false],
]
for (const [name, scopes, route, expected] of entries)
  test(`may enter: ${name}`, () => assert.equal(mayEnter(grant({ scopes }), route), expected))

test('may enter: admin of all tenants is admin of the installation', () => {
  assert.equal(mayEnter(grant({ scopes: ['admin'], tenant: '*' }), 'installation'), true)
  assert.equal(mayEnter(grant({ scopes: ['operate'], tenant: '*' }), 'installation'), false)
})

type Names = Pick<KeyGrant, 'routes' | 'models'>
const asks: readonly [name: string, names: Names, asked: string, isRoute: boolean, expected: boolean][] = [
  ['no list, any route', {}, 'chat', true, true],
  ['no list, any model', {}, 'openai/gpt-4.1', false, true],
  ['a listed route', { routes: ['chat'] }, 'chat', true, true],
  ['another route', { routes: ['chat'] }, 'chat2', true, false],
  ['routes alone allow no model', { routes: ['chat'] }, 'openai/gpt-4.1', false, false],
  ['models alone allow no route', { models: ['openai/*'] }, 'chat', true, false],
  ['a route named like a model pattern', { models: ['*'] }, 'chat', true, false],
  ['a listed model', { models: ['openai/gpt-4.1'] }, 'openai/gpt-4.1', false, true],
  [
    'a model that begins like a listed one',
    { models: ['openai/gpt-4.1'] },
    'openai/gpt-4.1-mini',
    false,
    false,
  ],
  ['a pattern', { models: ['openai/*'] }, 'openai/gpt-4.1-mini', false, true],
  ['a pattern of another provider', { models: ['openai/*'] }, 'openai-eu/gpt-4.1', false, false],
  ['the same model by its bare name', { models: ['openai/*'] }, 'gpt-4.1', false, false],
  ['a star in the middle is a letter', { models: ['open*/gpt'] }, 'openai/gpt', false, false],
  ['empty lists allow nothing', { routes: [], models: [] }, 'chat', true, false],
]
for (const [name, names, asked, isRoute, expected] of asks)
  test(`may ask: ${name}`, () => assert.equal(mayAsk(names, asked, isRoute), expected))

const root = grant({ scopes: ['admin'], tenant: '*' })
const acmeAdmin = grant({ scopes: ['admin'] })
const bounded = grant({ scopes: ['admin'], routes: ['chat'], models: ['openai/*'] })
const limited = grant({
  scopes: ['admin'],
  expiresAtMs: 1_000,
  limits: { requestsPerMinute: 10, usdPerDay: '5' },
})
const within = { expiresAtMs: 500, limits: { requestsPerMinute: 10, usdPerDay: '4.5' } }
const makers: readonly [name: string, maker: KeyGrant, wanted: KeyGrant, broader: string | undefined][] = [
  ['the installation makes any key', root, grant({ scopes: ['admin'], tenant: 'other' }), undefined],
  ['the installation makes its like', root, root, undefined],
  ['an admin makes its like', acmeAdmin, acmeAdmin, undefined],
  ['not for another tenant', acmeAdmin, grant({ tenant: 'other' }), 'tenant'],
  ['not for all tenants', acmeAdmin, grant({ tenant: '*' }), 'tenant'],
  [
    'no scope it has not',
    grant({ scopes: ['operate'] }),
    grant({ scopes: ['inference'] }),
    'scope inference',
  ],
  [
    'no admin from operate',
    grant({ scopes: ['operate'] }),
    grant({ scopes: ['read', 'admin'] }),
    'scope admin',
  ],
  ['a list is not left out', bounded, grant(), 'routes and models'],
  ['a list may be shorter', bounded, grant({ routes: ['chat'] }), undefined],
  ['no other route', bounded, grant({ routes: ['chat', 'vip'] }), 'routes and models'],
  ['a narrower pattern', bounded, grant({ models: ['openai/gpt-*', 'openai/o3'] }), undefined],
  ['a wider pattern', bounded, grant({ models: ['open*'] }), 'routes and models'],
  ['all models', bounded, grant({ models: ['*'] }), 'routes and models'],
  [
    'an exact name is not widened to a pattern',
    grant({ scopes: ['admin'], models: ['m'] }),
    grant({ models: ['m*'] }),
    'routes and models',
  ],
  ['within expiry and limits', limited, grant(within), undefined],
  ['never later', limited, grant({ ...within, expiresAtMs: 1_001 }), 'expiry'],
  ['never without end', limited, grant({ ...within, expiresAtMs: undefined }), 'expiry'],
  [
    'more requests',
    limited,
    grant({ ...within, limits: { requestsPerMinute: 11, usdPerDay: '5' } }),
    'requestsPerMinute',
  ],
  ['no limit at all', limited, grant({ ...within, limits: { requestsPerMinute: 1 } }), 'usdPerDay'],
  [
    'budgets are compared as numbers',
    limited,
    grant({ ...within, limits: { requestsPerMinute: 1, usdPerDay: '10' } }),
    'usdPerDay',
  ],
  [
    'models without a price',
    limited,
    grant({ ...within, limits: { ...within.limits, allowUnpriced: true } }),
    'allowUnpriced',
  ],
]
for (const [name, maker, wanted, broader] of makers)
  test(`maker: ${name}`, () => assert.equal(broaderThan(maker, wanted), broader))

test('tenants: a key sees its own, and the installation all; calls of the latter count for the default', () => {
  assert.deepEqual(
    [maySee(grant(), 'acme'), maySee(grant(), 'other'), maySee(root, 'other')],
    [true, false, true],
  )
  assert.deepEqual([tenantOf(grant()), tenantOf(root)], ['acme', 'default'])
})
