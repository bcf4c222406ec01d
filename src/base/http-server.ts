/** Node's HTTP server. Where `node:http` is imported as a module all its names are read, and one of them loads a whole client: 20 ms of every start. */

export const { createServer: createHttpServer } = process.getBuiltinModule('node:http')
