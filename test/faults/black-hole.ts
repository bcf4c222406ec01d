/** A host to which no connection can be made: it listens, never accepts, and its queue is full. */

import { connect, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'

export interface BlackHole {
  readonly port: number
  close(): Promise<void>
}

/** The thread that listens sleeps for ever, so that nobody takes what the kernel has queued. */
const sleeper = `
  const { parentPort } = require('node:worker_threads')
  const server = require('node:net').createServer()
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port)
    setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), 50)
  })`

export async function openBlackHole(): Promise<BlackHole> {
  const worker = new Worker(sleeper, { eval: true })
  const port = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve).once('error', reject)
  })
  await new Promise((resolve) => setTimeout(resolve, 150))
  const sockets: Socket[] = []
  for (let queued = 0; queued < 8; queued += 1) sockets.push(connect(port, '127.0.0.1').on('error', () => {}))
  await new Promise((resolve) => setTimeout(resolve, 50))
  return {
    port,
    async close() {
      for (const socket of sockets) socket.destroy()
      await worker.terminate()
    },
  }
}
