/** The commands of access: `keys` and `secrets`. */

import type { Command } from 'commander'
import type { KeyOptions } from './key-options.ts'

export function addAccessCommands(program: Command): void {
  addKeyCommands(program)
  addSecretCommands(program)
}

function addKeyCommands(program: Command): void {
  const keys = program.command('keys').description('who may call')
  addCreate(program, keys)
  keys
    .command('list')
    .description('every key, and what it may do; never the key itself')
    .addHelpText('after', '\nExample:\n  adaptive-mind keys list --json')
    .action(async () => {
      const { keysList } = await import('./key-commands.ts')
      process.exitCode = keysList(program.opts())
    })
  keys
    .command('log')
    .description('who made, rotated and revoked keys and stored secrets, newest first')
    .addHelpText('after', '\nExample:\n  adaptive-mind keys log --json')
    .action(async () => {
      const { keysLog } = await import('./key-commands.ts')
      process.exitCode = keysLog(program.opts())
    })
  keys
    .command('rotate <id>')
    .description('a new key in the place of the old one, which still opens for a while')
    .option('--overlap <time>', 'how long the old one opens: 90s, 15m, 24h, 7d, or 0 (default: 24h)')
    .addHelpText('after', '\nExample:\n  adaptive-mind keys rotate vk_01jd --overlap 1h')
    .action(async (id: string, own: { overlap?: string }) => {
      const { keysRotate } = await import('./key-commands.ts')
      process.exitCode = keysRotate({ ...program.opts(), ...own, id })
    })
  keys
    .command('revoke <id>')
    .description('refuse a key from its next request on')
    .addHelpText('after', '\nExample:\n  adaptive-mind keys revoke vk_01jd')
    .action(async (id: string) => {
      const { keysRevoke } = await import('./key-commands.ts')
      process.exitCode = keysRevoke({ ...program.opts(), id })
    })
}

function addCreate(program: Command, keys: Command): void {
  keys
    .command('create')
    .description('make a key and tell it once')
    .requiredOption('--name <name>', 'what people call it')
    .option('--scopes <list>', 'inference, read, operate, admin (default: inference)')
    .option('--tenant <name>', "whose requests they are; '*' for all tenants (default: default)")
    .option('--routes <list>', 'routes it may ask for')
    .option('--models <list>', 'models it may ask for; * may stand at the end')
    .option('--expires <time>', '30d, 12h, or 2030-01-31T00:00:00Z')
    .option('--requests-per-minute <n>')
    .option('--tokens-per-minute <n>')
    .option('--concurrency <n>', 'requests at once')
    .option('--usd-per-day <usd>')
    .option('--usd-per-month <usd>')
    .option('--allow-unpriced', 'with a budget, models without a known price may be called')
    .option('--for-file', 'store nothing: print the key and its row for the configuration file')
    .addHelpText(
      'after',
      '\nExample:\n  adaptive-mind keys create --name reports --routes chat --expires 30d',
    )
    .action(async (own: KeyOptions) => {
      const { keysCreate } = await import('./key-commands.ts')
      process.exitCode = keysCreate({ ...program.opts(), ...own })
    })
}

function addSecretCommands(program: Command): void {
  const secrets = program.command('secrets').description('providers’ keys, sealed in the data directory')
  secrets
    .command('set <provider>')
    .description('store a key, read from the input, for the provider’s address')
    .addHelpText('after', '\nExample:\n  adaptive-mind secrets set openai < key.txt')
    .action(async (provider: string) => {
      const { secretsSet } = await import('./secret-commands.ts')
      process.exitCode = secretsSet({ ...program.opts(), provider })
    })
  secrets
    .command('list')
    .description('which keys are stored, by their fingerprints')
    .addHelpText('after', '\nExample:\n  adaptive-mind secrets list')
    .action(async () => {
      const { secretsList } = await import('./secret-commands.ts')
      process.exitCode = secretsList(program.opts())
    })
  secrets
    .command('remove <provider>')
    .description('remove all stored keys of a provider')
    .addHelpText('after', '\nExample:\n  adaptive-mind secrets remove openai')
    .action(async (provider: string) => {
      const { secretsRemove } = await import('./secret-commands.ts')
      process.exitCode = secretsRemove({ ...program.opts(), provider })
    })
}
