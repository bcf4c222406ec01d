import assert from 'node:assert/strict'
import { test } from 'node:test'
import { done, failed } from '../../../base/outcome.ts'
import { type HostedNote, type HostedOwner, isLeft, removeLeft, trackHost } from './hosted-book.ts'
import type { AskHosted } from './hosted-call.ts'

const owner: HostedOwner = { pid: 7, start: 'a' }

const rows: readonly [name: string, owner: HostedOwner, alive: readonly number[], isLeft: boolean][] = [
  ['of this process', { pid: 7, start: 'a' }, [7], false],
  ['of a process that lives', { pid: 8, start: 'b' }, [7, 8], false],
  ['of a process that is gone', { pid: 8, start: 'b' }, [7], true],
  ['of an earlier process of this number, as in a container', { pid: 7, start: 'b' }, [7], true],
]

for (const [name, of, alive, expected] of rows)
  test(`hosted: what was made is ${expected ? 'left' : 'in use'}: ${name}`, () => {
    assert.equal(
      isLeft(of, owner, (pid) => alive.includes(pid)),
      expected,
    )
  })

function world(refuses: (path: string) => boolean = () => false) {
  const notes = new Map<string, HostedNote>()
  const asked: string[] = []
  const ask: AskHosted = async ({ method = 'POST', path }) => {
    asked.push(`${method} ${path}`)
    return refuses(path) ? failed('no') : done({ id: `id-${asked.length}` })
  }
  const book = {
    put: async (note: HostedNote) => void notes.set(note.id, note),
    remove: async (id: string) => void notes.delete(id),
  }
  return { notes, asked, ask, tracked: trackHost(ask, book, { id: 'ana', provider: 'p', owner }) }
}

test('hosted: what is made is written down before anybody goes on, and struck out when it is removed', async () => {
  const { notes, tracked } = world()
  const paths = () => notes.get('ana')?.paths
  await tracked.ask({ path: '/vector_stores' })
  await tracked.ask({ path: '/files' })
  await tracked.ask({ path: '/vector_stores/id-1/files' })
  await tracked.ask({ path: '/vector_stores/id-1/search' })
  assert.deepEqual(paths(), ['/vector_stores/id-1', '/files/id-2'])
  await tracked.ask({ method: 'DELETE', path: '/vector_stores/id-1' })
  assert.deepEqual(paths(), ['/files/id-2'])
  await tracked.end()
  assert.equal(paths(), undefined)
})

test('hosted: what cannot be removed stays written down', async () => {
  const { notes, ask, tracked } = world((path) => path === '/files/id-1')
  await tracked.ask({ path: '/files' })
  await tracked.end()
  const note = notes.get('ana')
  assert.deepEqual(note?.paths, ['/files/id-1'])
  assert.equal(await removeLeft(ask, note), false)
})
