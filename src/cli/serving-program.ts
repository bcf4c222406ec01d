/** The commands of serving at work: `batch`, `cache`, `doctor`, `health`, `spend`. */

import type { Command } from 'commander'
import { addHealthCommands } from './health-program.ts'

export function addServingCommands(program: Command): void {
  addBatchCommands(program)
  addCacheCommands(program)
  addHealthCommands(program)
  program
    .command('doctor')
    .description('look at configuration, keys, stores, clock, disk and port, and say what to do')
    .option('--no-calls', 'call no provider')
    .addHelpText('after', '\nExample:\n  adaptive-mind doctor --config adaptive-mind.yaml')
    .action(async (own: { calls: boolean }) => {
      const { doctor } = await import('./doctor/doctor.ts')
      process.exitCode = await doctor({ ...program.opts(), ...own })
    })
  program
    .command('spend')
    .description('what was spent, from the ledger')
    .option('--by <names>', 'key, tenant, route, model, provider, day; several with commas', 'tenant')
    .option('--from <time>', 'accepted at this time or later, ISO 8601')
    .option('--to <time>', 'accepted before this time')
    .addHelpText('after', '\nExample:\n  adaptive-mind spend --by key,model --from 2030-01-01')
    .action(async (own: { by: string; from?: string; to?: string }) => {
      const { spend } = await import('./spend.ts')
      process.exitCode = spend({ ...program.opts(), ...own })
    })
}

function addBatchCommands(program: Command): void {
  const batch = program.command('batch').description('many requests from a file')
  batch
    .command('run <file>')
    .description('answer each line of a file in OpenAI’s batch format')
    .requiredOption('--out <file>', 'where results go, one line each')
    .option('--concurrency <n>', 'requests at once, 1 to 1000', '20')
    .option('--resume', 'go on with results that are there')
    .option('--url <address>', 'let a running gateway answer (its key in ADAPTIVE_MIND_KEY)')
    .addHelpText(
      'after',
      '\nExample:\n  adaptive-mind batch run requests.jsonl --out results.jsonl --concurrency 20 --resume',
    )
    .action(
      async (file: string, own: { out: string; concurrency: string; resume?: boolean; url?: string }) => {
        const { batchRun } = await import('./batch-run.ts')
        process.exitCode = await batchRun({ ...program.opts(), ...own, file })
      },
    )
}

const urlOption = ['--url <address>', 'of the gateway (default: as configured)'] as const

function addCacheCommands(program: Command): void {
  const cache = program
    .command('cache')
    .description('the cache of a running gateway (its key in ADAPTIVE_MIND_KEY or ADAPTIVE_MIND_ADMIN_KEY)')
  cache
    .command('stats')
    .description('hits, size, and how long look-ups took')
    .option(...urlOption)
    .addHelpText('after', '\nExample:\n  adaptive-mind cache stats')
    .action(async (own: { url?: string }) => {
      const { cacheStats } = await import('./cache-commands.ts')
      process.exitCode = await cacheStats({ ...program.opts(), ...own })
    })
  cache
    .command('clear')
    .description('take answers away')
    .option('--tenant <name>', 'of this tenant only')
    .option(...urlOption)
    .addHelpText('after', '\nExample:\n  adaptive-mind cache clear --tenant acme')
    .action(async (own: { url?: string; tenant?: string }) => {
      const { cacheClear } = await import('./cache-commands.ts')
      process.exitCode = await cacheClear({ ...program.opts(), ...own })
    })
  cache
    .command('warm <file>')
    .description('ask ahead of time what stands in a YAML or JSON list')
    .option(...urlOption)
    .addHelpText('after', '\nExample:\n  adaptive-mind cache warm prewarm.yaml')
    .action(async (file: string, own: { url?: string }) => {
      const { cacheWarm } = await import('./cache-commands.ts')
      process.exitCode = await cacheWarm({ ...program.opts(), ...own, file })
    })
}
