import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Disk, judgeDisk } from './judge-disk.ts'

const well: Disk = { dir: '/data', freeBytes: 50_000_000_000, journalBytes: 3_000_000 }
const rows: readonly [name: string, disk: Partial<Disk>, state: string, says: RegExp, remedy?: RegExp][] = [
  ['room enough', {}, 'fine', /\/data can be written, 46\.6 GB free; the ledger has 2\.9 MB/],
  ['a full disk', { writeError: 'ENOSPC' }, 'wrong', /the disk of \/data is full/, /Free space/],
  ['a full quota', { writeError: 'EDQUOT' }, 'wrong', /is full/, /Free space/],
  ['nearly full', { freeBytes: 20_000_000 }, 'wrong', /nearly full, 19\.1 MB free/, /Free space/],
  ['little left', { freeBytes: 500_000_000 }, 'notice', /476\.8 MB free/, /grows/],
  ['no right to write', { writeError: 'EACCES' }, 'wrong', /cannot be written \(EACCES\)/, /right to write/],
  ['read only', { writeError: 'EROFS' }, 'wrong', /EROFS/, /right to write/],
  ['a file in its place', { writeError: 'EEXIST' }, 'wrong', /a file stands where/, /another directory/],
  ['something else', { writeError: 'EIO' }, 'wrong', /EIO/, /another directory/],
]
for (const [name, disk, state, says, remedy] of rows)
  test(`doctor, disk: ${name}`, () => {
    const found = judgeDisk({ ...well, ...disk })
    assert.equal(found.state, state)
    assert.match(found.says, says)
    if (remedy) assert.match(found.remedy ?? '', remedy)
    else assert.equal(found.remedy, undefined)
  })
