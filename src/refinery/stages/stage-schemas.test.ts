import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRecord } from '../../base/text.ts'
import { jsonSchemaOf, type Stage, stageSchemas } from './stage-schemas.ts'

/** Every record inside a schema that has properties. */
function objectsIn(schema: unknown): readonly Record<string, unknown>[] {
  if (Array.isArray(schema)) return schema.flatMap(objectsIn)
  if (!isRecord(schema)) return []
  const inner = Object.values(schema).flatMap(objectsIn)
  return 'properties' in schema ? [schema, ...inner] : inner
}

for (const stage of Object.keys(stageSchemas) as Stage[])
  test(`schemas: ${stage} is what strict structured output takes`, () => {
    const schema = jsonSchemaOf(stage)
    assert.equal(schema['type'], 'object')
    assert.ok(!('$schema' in schema) && !JSON.stringify(schema).includes('$ref'))
    for (const object of objectsIn(schema)) {
      assert.equal(object['additionalProperties'], false)
      const properties = isRecord(object['properties']) ? Object.keys(object['properties']) : []
      assert.deepEqual(object['required'], properties)
    }
  })
