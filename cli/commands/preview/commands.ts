import type { CommandSpec } from '../../command.ts'

/** `plan`: what a request would do to a recorded image, from catalogs in folders. This client's own. */
export const plan: CommandSpec = {
  name: 'plan',
  group: 'Package Transitions',
  level: 'advanced',
  synopsis: [
    '--catalog dir [--catalog dir ...] --request file',
    '[--index file] [--sat-backend name] [--deadline seconds]',
    '[--json] [--stats] [--write-cnf file] [--write-cudf file]',
  ],
  table: {
    options: [
      {
        key: 'catalog',
        long: ['catalog'],
        kind: 'list',
        argument: 'dir',
        help: 'Folder of catalog parts, plain or gzipped.',
      },
      {
        key: 'request',
        long: ['request'],
        kind: 'text',
        argument: 'file',
        help: 'JSON file with the request and the recorded image.',
      },
      {
        key: 'index',
        long: ['index'],
        kind: 'text',
        argument: 'file',
        help: 'Store the catalog index in this file instead of the user cache; it is rebuilt when the catalogs change.',
      },
      {
        key: 'satBackend',
        long: ['sat-backend'],
        kind: 'text',
        argument: 'name',
        help: 'SAT engine: minisat-wasm, cadical or logic-solver.',
      },
      {
        key: 'deadline',
        long: ['deadline'],
        kind: 'text',
        argument: 'seconds',
        help: 'Stop the search after this time and use the best plan found.',
      },
      { key: 'json', long: ['json'], kind: 'flag', help: 'Print the answer as one JSON object.' },
      { key: 'stats', long: ['stats'], kind: 'flag', help: 'Show the cost of the search.' },
      {
        key: 'writeCnf',
        long: ['write-cnf'],
        kind: 'text',
        argument: 'file',
        help: 'Write the hard clauses to this file in DIMACS form.',
      },
      {
        key: 'writeCudf',
        long: ['write-cudf'],
        kind: 'text',
        argument: 'file',
        help: 'Write the problem with its objectives to this file in CUDF form.',
      },
    ],
    choices: [
      {
        key: 'satBackend',
        values: ['minisat-wasm', 'cadical', 'logic-solver'],
        shown: 'minisat-wasm, cadical, logic-solver',
      },
    ],
  },
  needsImage: false,
  load: () => import('./plan.ts'),
}
