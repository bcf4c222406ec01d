import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toConnectionFault } from './connection-fault.ts'

const coded = (code: string) => Object.assign(new Error('x'), { code })
const named = (name: string) => Object.assign(new Error('x'), { name })
const rows: readonly [name: string, error: unknown, code: string, cause: string][] = [
  ['a name that is not known', coded('ENOTFOUND'), 'upstream_unreachable', 'ENOTFOUND'],
  ['a reset', coded('ECONNRESET'), 'upstream_unreachable', 'ECONNRESET'],
  ['the code of a cause', new Error('x', { cause: coded('EPIPE') }), 'upstream_unreachable', 'EPIPE'],
  [
    'no connection in time',
    coded('UND_ERR_CONNECT_TIMEOUT'),
    'upstream_connect_timeout',
    'UND_ERR_CONNECT_TIMEOUT',
  ],
  ['too many headers', coded('UND_ERR_HEADERS_OVERFLOW'), 'upstream_malformed', 'UND_ERR_HEADERS_OVERFLOW'],
  [
    'a parser that names its reason',
    coded('HPE_INVALID_CONSTANT'),
    'upstream_malformed',
    'HPE_INVALID_CONSTANT',
  ],
  ['a parser that names none', named('HTTPParserError'), 'upstream_malformed', 'HTTPParserError'],
  ['no error at all', 'x', 'upstream_unreachable', 'unknown'],
]

for (const [name, error, code, cause] of rows)
  test(`connection fault: ${name}`, () => {
    const fault = toConnectionFault(error)
    assert.deepEqual([fault.code, fault.cause?.code], [code, cause])
  })
