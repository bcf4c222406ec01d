/** Addresses below HTTP at which a connection goes wrong: TLS, names, closed ports, and a host that never accepts. */

import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { openBlackHole } from './black-hole.ts'
import type { Places } from './rows.ts'

const pem = (name: string) => readFileSync(new URL(`certificates/${name}`, import.meta.url))

export interface OpenPlaces extends Places {
  close(): Promise<void>
}

export async function openPlaces(): Promise<OpenPlaces> {
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
  }
  const plain = createServer((socket) => {
    keep(socket)
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'))
  })
  const silent = createServer(keep)
  const signed = createTlsServer(
    { key: pem('self-signed-key.pem'), cert: pem('self-signed.pem') },
    (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'),
  )
  signed.on('tlsClientError', () => {})
  const closed = createServer()
  const servers: Server[] = [plain, silent, signed, closed]
  const ports = await Promise.all(servers.map(listen))
  await end(closed)
  const hole = await openBlackHole()
  return {
    plainOnTls: `https://127.0.0.1:${ports[0]}`,
    silentTls: `https://127.0.0.1:${ports[1]}`,
    selfSigned: `https://127.0.0.1:${ports[2]}`,
    closedPort: `http://127.0.0.1:${ports[3]}`,
    // Longer than a label may be, so that no resolver has to be asked.
    noHost: `http://${'a'.repeat(64)}.invalid`,
    blackHole: `http://127.0.0.1:${hole.port}`,
    async close() {
      for (const socket of sockets) socket.destroy()
      await hole.close()
      await Promise.all([plain, silent, signed].map(end))
    },
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' ? (address?.port ?? 0) : 0)
    }),
  )
}

const end = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()))
