/** A certificate of its own signing, made with openssl. */

import { execFileSync, spawnSync } from 'node:child_process'

/** Writes `key.pem` and `cert.pem` for 127.0.0.1 into `dir`; undefined where openssl is not installed. */
export const makeCertificate: ((dir: string, name: string) => void) | undefined =
  spawnSync('openssl', ['version']).status === 0 ? signed : undefined

function signed(dir: string, name: string): void {
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`],
      ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', 'key.pem', '-out', 'cert.pem'],
    ],
    { cwd: dir, stdio: 'ignore' },
  )
}
