/** Draws docs/images/demo.svg from a recording of a terminal: `script -qefc "npm run demo" demo.txt`, then this with demo.txt. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'

const recording = process.argv[2]
if (recording === undefined) {
  process.stderr.write('which recording? For example: npm run picture -- demo.txt\n')
  process.exit(2)
}

const frameHeight = 17
const lineHeightPx = 18
const charWidthPx = 8.4

/** The picture in the last third of the run, and the report below it. */
function pick(text: string): readonly string[] {
  const lines = text.replaceAll('\r', '').split('\n')
  const heads = lines.flatMap((line, at) => (/ (6[89]|7\d) % /.test(line) ? [at] : []))
  const head = heads.at(-1) ?? 0
  const frame = lines.slice(head, head + frameHeight)
  const end = lines.findIndex((line) => /requests through the gateway:/.test(line))
  return ['$ npm run demo', '', ...frame, '', ...lines.slice(end, end + 3).flatMap(wrapped)]
}

function wrapped(line: string): readonly string[] {
  return line.match(/.{1,96}(\s|$)/g) ?? [line]
}

function svg(lines: readonly string[]): string {
  const width = Math.ceil(100 * charWidthPx) + 32
  const height = lines.length * lineHeightPx + 40
  const rows = lines.map((line, at) => {
    // The cursor movements of the live table.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's escape is one.
    const plain = line.replace(/\u001b\[\d*[A-Z]/g, '').trimEnd()
    const escaped = plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
    return `<text x="16" y="${34 + at * lineHeightPx}" xml:space="preserve">${escaped}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" role="img" aria-label="The demo: three simulated providers break one after the other, and no caller notices">
<rect width="100%" height="100%" rx="8" fill="#14181f"/>
<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" fill="#d8dee9">
${rows.join('\n')}
</g>
</svg>
`
}

mkdirSync('docs/images', { recursive: true })
writeFileSync('docs/images/demo.svg', svg(pick(readFileSync(recording, 'utf8'))))
