import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callFaults } from './call-faults.ts'
import { faultKinds } from './fault.ts'
import { gatewayFaults } from './gateway-faults.ts'
import { refusals } from './refusals.ts'

test('faults: each code stands in one list alone', () => {
  const codes = [callFaults, gatewayFaults, refusals].flatMap((list) => Object.keys(list))
  assert.deepEqual(codes, Object.keys(faultKinds))
})
