/** Takes a file out of a multipart body, straight to disk: how large it is makes no difference to memory. */

import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { Busboy, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy'
import { done, failed, type Outcome } from '../../base/outcome.ts'
import { reasonOf } from '../../base/reason.ts'
import { type Fault, makeFault } from '../../protocol/fault.ts'
import type { FileNote, FileStore, Kept } from '../../record/batch/file-store.ts'

export interface Upload {
  readonly headers: IncomingHttpHeaders
  readonly body: Readable
  readonly tenant: string
  readonly expiresAtMs: number
  readonly maxBytes: number
}

/** The first file of the body; its purpose must be `batch`, wherever in the body that stands. */
export async function takeUpload(files: FileStore, upload: Upload): Promise<Outcome<FileNote, Fault>> {
  const type = upload.headers['content-type'] ?? ''
  if (!/^multipart\/form-data\b/i.test(type)) {
    // What is left unread would hold up the next request of the connection.
    upload.body.resume()
    return failed(makeFault('unsupported_media_type', 'send the file as multipart/form-data'))
  }
  const { kept, purpose } = await readParts(files, upload)
  if (kept === undefined) return bad('the body has no file', 'file')
  if (!kept.ok && kept.because === 'too_large')
    return failed(makeFault('body_too_large', `the file is larger than ${upload.maxBytes} bytes`))
  if (!kept.ok) return bad(`the file could not be taken: ${kept.because}`, 'file')
  if (purpose === 'batch') return done(kept.note)
  await files.remove(kept.note.id)
  return bad('purpose must be batch: files are kept for batches only', 'purpose')
}

const bad = (message: string, param: string) => failed(makeFault('invalid_request', message, { param }))

interface Parts {
  readonly kept: Kept | undefined
  readonly purpose: string | undefined
}

function readParts(
  files: FileStore,
  { headers, body, tenant, expiresAtMs, maxBytes }: Upload,
): Promise<Parts> {
  const opened = openForm(headers, maxBytes)
  if (!opened.ok) {
    body.resume()
    return Promise.resolve({ kept: { ok: false, because: opened.fault }, purpose: undefined })
  }
  const form = opened.value
  return new Promise((resolve) => {
    let taking: Promise<Kept> | undefined
    let purpose: string | undefined
    const end = async (trouble?: string) => {
      body.unpipe(form)
      body.resume()
      const kept = await taking
      if (trouble !== undefined && kept?.ok) await files.remove(kept.note.id)
      resolve({ kept: trouble === undefined ? kept : { ok: false, because: trouble }, purpose })
    }
    form.on('field', (name, value) => {
      if (name === 'purpose') purpose = value
    })
    form.on('file', (name, content, filename) => {
      if (name !== 'file' || taking) return void content.resume()
      taking = files.take({ tenant, name: safeName(filename), expiresAtMs }, content)
    })
    form.once('finish', () => void end())
    form.once('error', (error: unknown) => void end(reasonOf(error)))
    body.once('aborted', () => form.destroy(new Error('the caller went away')))
    body.pipe(form)
  })
}

function openForm(headers: IncomingHttpHeaders, maxBytes: number): Outcome<BusboyInstance, string> {
  try {
    const form = new Busboy({
      headers: headers as BusboyHeaders,
      limits: { fileSize: maxBytes, files: 2, fields: 20, fieldSize: 1_024 },
    })
    return done(form)
  } catch (error) {
    return failed(reasonOf(error))
  }
}

/** A name for people: no path, nothing that could move a cursor. */
function safeName(name: string | undefined): string {
  const last = (name ?? '').split(/[\\/]/).at(-1) ?? ''
  return last.replace(/\p{Cc}/gu, '').slice(0, 255) || 'file.jsonl'
}
