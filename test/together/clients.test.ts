import { importTests, together } from './import-tests.ts'

await importTests(together.clients)
