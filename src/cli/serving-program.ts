/** The commands of serving at work: `batch`, `spend`. */

import type { Command } from 'commander'

export function addServingCommands(program: Command): void {
  addBatchCommands(program)
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
