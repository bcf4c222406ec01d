/** The frame of every HTML report: nothing is loaded, nothing is run. */

import { escapeHtml } from './escape-html.ts'
import { style } from './html-style.ts'

const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

/** The parts must be markup already. */
export function htmlPage(title: string, parts: readonly string[]): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="Content-Security-Policy" content="${policy}"><meta name="referrer" content="no-referrer"><title>${escapeHtml(title)}</title><style>${style}</style></head><body><main>${parts.filter(Boolean).join('\n')}</main></body></html>\n`
}
