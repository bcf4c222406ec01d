#!/usr/bin/env node
/** The command line: commands, options and exit codes. 0 done, 1 failed, 2 wrong use. */

import { Command, CommanderError } from 'commander'
import { addAccessCommands } from './access-program.ts'
import type { AnalyzeCommandOptions } from './analyze.ts'
import { addHypothesesCommands } from './hypotheses-program.ts'
import { keepCompiled } from './keep-compiled.ts'
import type { ListOptions } from './ledger-commands.ts'
import { checkNodeVersion } from './node-version.ts'
import { type CommonOptions, dataDirectory } from './options.ts'
import { addServingCommands } from './serving-program.ts'
import type { StoredRange } from './stored-range.ts'

const tooOld = checkNodeVersion(process.versions.node)
if (tooOld !== undefined) {
  process.stderr.write(`${tooOld}\n`)
  process.exit(2)
}

/** `serve` stands for no command at all, so that a mistyped one comes to it as an argument. */
function clearer(text: string): string {
  if (!text.includes("too many arguments for 'serve'")) return text
  const typed = program.args[0] === 'serve' ? undefined : program.args[0]
  return typed === undefined ? text : `unknown command '${typed}': adaptive-mind --help names them all\n`
}

const program = new Command('adaptive-mind')
  .description('A gateway between applications and language models that keeps answering and remembers.')
  .option('--config <file>', 'configuration file (default: adaptive-mind.yaml, where it exists)')
  .option('--data <dir>', 'data directory (default: ADAPTIVE_MIND_DATA or .adaptive-mind)')
  .option('--json', 'machine-readable output')
  .option('--quiet', 'errors only')
  .option('--no-color', 'plain text')
  .configureHelp({ showGlobalOptions: true })
  .configureOutput({ outputError: (text, write) => write(clearer(text)) })
  .exitOverride()

program
  .command('serve', { isDefault: true })
  .description('start the gateway')
  .option('--host <host>', 'address to listen on (or HOST)')
  .option('--port <port>', 'port; 0 picks a free one (or PORT)')
  .option('--workers <n>', 'processes that serve together, 1 to 64', '1')
  .addHelpText('after', '\nExample:\n  adaptive-mind serve --config adaptive-mind.yaml --port 4100')
  .action(async (own: { host?: string; port?: string; workers?: string }) => {
    keepCompiled(dataDirectory(program.opts()))
    const { serve } = await import('./serve.ts')
    // Everything is closed then; what a library still waits for must not hold the end up.
    process.exit(await serve({ ...program.opts(), ...own }))
  })

program
  .command('sandbox')
  .description('start a simulated provider that speaks the real wire formats')
  .option('--rules <file>', 'YAML or JSON file: rules, limits, keys')
  .option('--port <port>', 'port; 0 picks a free one', '0')
  .addHelpText('after', '\nExample:\n  adaptive-mind sandbox --rules rules.yaml --port 9200')
  .action(async (own: { rules?: string; port: string }) => {
    const { runSandbox } = await import('./run-sandbox.ts')
    process.exitCode = await runSandbox({ ...program.opts(), ...own })
  })

program
  .command('demo')
  .description('watch the gateway answer while simulated providers break one after the other')
  .option('--seconds <n>', 'how long, 5 to 600', '20')
  .option('--rate <n>', 'requests a second, 1 to 100', '10')
  .addHelpText('after', '\nExample:\n  adaptive-mind demo --seconds 20 --rate 10')
  .action(async (own: { seconds: string; rate: string }) => {
    const { runDemo } = await import('./demo/run-demo.ts')
    process.exitCode = await runDemo({ ...program.opts(), ...own })
  })

program
  .command('drill')
  .description('a game day in the sandbox: which requests of this configuration would survive what')
  .option(
    '--scenario <name>',
    'openai-outage, rate-storm, slow-first-token, stream-cuts, key-revoked or all',
    'all',
  )
  .option('--out <file>', 'write the report as JSON, too')
  .addHelpText(
    'after',
    '\nExample:\n  adaptive-mind drill --config adaptive-mind.yaml --scenario stream-cuts --out drill.json',
  )
  .action(async (own: { scenario: string; out?: string }) => {
    const { drill } = await import('./drill/drill.ts')
    process.exitCode = await drill({ ...program.opts(), ...own })
  })

program
  .command('analyze [trace]')
  .description(
    'say where an agent first went wrong, with evidence, and what to change; of a folder, what goes wrong most',
  )
  .option('--expected <text>', 'what should have happened')
  .option('--format <format>', 'md, html, json or yaml')
  .option('--out <file>', 'write the report there; its ending chooses the format')
  .option('--fail-on <level>', 'exit code 1 where a finding is at least this sure: low, medium, high')
  .option('--off <ids>', 'detectors to leave out, separated by commas')
  .option('--suppress <ids>', 'findings that are wrong, by their ids, separated by commas')
  .option('--extract <folder>', 'write the prompts, evaluation cases and model settings of the trace there')
  .option('--model <route>', 'ask a model too: a route, provider/model, or sandbox/analyst (simulated)')
  .option('--context <text>', 'what the agent is for, told to the model')
  .option('--plan', 'say what asking the model would take, and ask nobody')
  .option('--max-cost-usd <usd>', 'ask nobody where it would cost more')
  .option('--yes', 'ask the model without asking you first')
  .option('--retrieval <way>', 'how the model gets the trace: inline, local or hosted')
  .option('--pack <file>', 'write what to change as a hypothesis pack, YAML or JSON')
  .option('--prompts <glob>', 'files of the agent’s prompts, for the pack')
  .option('--evals <glob>', 'files of evaluation cases: what should come out for which request')
  .option('--compare <trace>', 'a file with a trace that went well, to hold this one against')
  .option('--trace-id <id>', 'a trace of the gateway’s own store, instead of a file')
  .option('--failed', 'all stored traces that failed: what goes wrong most')
  .option('--project <name>', 'stored traces of this project')
  .option('--since <age>', 'stored traces since then: 7d, 12h, 30m or an ISO 8601 time')
  .option('--tenant <name>', 'stored traces of this tenant')
  .option('--limit <n>', 'at most so many stored traces', '500')
  .addHelpText(
    'after',
    '\nExamples:\n  adaptive-mind analyze trace.json --expected "The agent starts the refund" --out report.html\n  adaptive-mind analyze trace.json --evals "evals/*.json" --prompts "prompts/*.md" --pack pack.yaml\n  adaptive-mind analyze --failed --project shop --since 7d',
  )
  .action(
    async (trace: string | undefined, own: Omit<AnalyzeCommandOptions, keyof CommonOptions | 'trace'>) => {
      const { analyzeCommand } = await import('./analyze.ts')
      process.exitCode = await analyzeCommand({
        ...program.opts(),
        ...own,
        ...(trace === undefined ? {} : { trace }),
      })
    },
  )

program
  .command('list-failures')
  .description('which of the stored traces failed, the latest first')
  .option('--project <name>', 'of this project')
  .option('--since <age>', 'since then: 7d, 12h, 30m or an ISO 8601 time')
  .option('--tenant <name>', 'of this tenant')
  .option('--limit <n>', 'how many', '10')
  .addHelpText('after', '\nExample:\n  adaptive-mind list-failures --project shop --since 7d')
  .action(async (own: StoredRange) => {
    const { listFailures } = await import('./list-failures.ts')
    process.exitCode = listFailures({ ...program.opts(), ...own })
  })

const ledger = program.command('ledger').description('read the record of requests')
ledger
  .command('list')
  .description('newest requests first')
  .option('--limit <n>', 'how many', '20')
  .option('--outcome <outcome>', 'only this outcome, for example FAILURE')
  .option('--provider <name>', 'answered by this provider')
  .option('--model <name>', 'answered by this model')
  .option('--tenant <name>', 'of this tenant')
  .option('--segment <value>', 'with this value of the tag `segment`, or of the tag --by')
  .option('--by <tag>', 'the tag that --segment is a value of', 'segment')
  .option('--from <time>', 'accepted at this time or later, ISO 8601')
  .option('--to <time>', 'accepted before this time')
  .option('--text <text>', 'with this text in a preview')
  .option('--audits', 'what the ledger noted of itself instead')
  .addHelpText('after', '\nExample:\n  adaptive-mind ledger list --limit 5 --json')
  .action(async (own: Omit<ListOptions, keyof CommonOptions>) => {
    const { ledgerList } = await import('./ledger-commands.ts')
    process.exitCode = ledgerList({ ...program.opts(), ...own })
  })
ledger
  .command('show <id>')
  .description('one request: each try, and why the next one followed')
  .option('--content', 'its whole texts too, where they are kept')
  .addHelpText('after', '\nExample:\n  adaptive-mind ledger show req_01jd')
  .action(async (id: string, own: { content?: boolean }) => {
    const { ledgerShow } = await import('./ledger-commands.ts')
    process.exitCode = ledgerShow({ ...program.opts(), ...own, id })
  })
ledger
  .command('export')
  .description('every entry in order, with the signed checkpoints')
  .option('--format <format>', 'ndjson or csv', 'ndjson')
  .option('--checkpoints <file>', 'checkpoints kept elsewhere')
  .addHelpText('after', '\nExample:\n  adaptive-mind ledger export > ledger.ndjson')
  .action(async (own: { format: string; checkpoints?: string }) => {
    const { ledgerExport } = await import('./ledger-export.ts')
    process.exitCode = ledgerExport({ ...program.opts(), ...own })
  })
ledger
  .command('verify')
  .description('recompute the chain, compare it with its checkpoints, and name the first bad entry')
  .option('--checkpoints <file>', 'checkpoints kept elsewhere')
  .option('--key <hex>', 'the public key that must have signed them')
  .addHelpText(
    'after',
    '\nExample:\n  adaptive-mind ledger verify --checkpoints /mnt/elsewhere/checkpoints.ndjson',
  )
  .action(async (own: { checkpoints?: string; key?: string }) => {
    const { ledgerVerify } = await import('./ledger-verify.ts')
    process.exitCode = ledgerVerify({ ...program.opts(), ...own })
  })
ledger
  .command('key')
  .description('the public key that signs the checkpoints')
  .addHelpText('after', '\nExample:\n  adaptive-mind ledger key > checkpoint-key.hex')
  .action(async () => {
    const { ledgerKey } = await import('./ledger-verify.ts')
    process.exitCode = ledgerKey(program.opts())
  })
ledger
  .command('bias')
  .description('compare outcomes, latency, cost and length of answers between segments of requests')
  .option('--by <tag>', 'the tag of the requests’ metadata that names the segment', 'segment')
  .option('--reference <segment>', 'compare with this segment instead of the largest')
  .option('--correction <method>', 'holm or bh', 'holm')
  .option('--from <time>', 'from this instant on, ISO 8601 in UTC')
  .option('--to <time>', 'up to this instant')
  .addHelpText('after', '\nExample:\n  adaptive-mind ledger bias --by segment')
  .action(async (own: { by: string; reference?: string; correction: string; from?: string; to?: string }) => {
    const { ledgerBias } = await import('./ledger-bias.ts')
    process.exitCode = ledgerBias({ ...program.opts(), ...own })
  })
ledger
  .command('erase')
  .description('take away the texts of requests; the chain stays whole and notes it')
  .option('--request <id...>', 'these requests')
  .option('--subject <who>', 'every request made for this end user (the request’s `user`)')
  .option('--tenant <tenant>', 'the tenant the end user belongs to', 'default')
  .addHelpText('after', '\nExample:\n  adaptive-mind ledger erase --subject user-4711')
  .action(async (own: { request?: string[]; subject?: string; tenant: string }) => {
    const { ledgerErase } = await import('./ledger-erase.ts')
    process.exitCode = await ledgerErase({ ...program.opts(), ...own })
  })

addAccessCommands(program)
addServingCommands(program)
addHypothesesCommands(program)

keepCompiled()
try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? 0 : 2
}
