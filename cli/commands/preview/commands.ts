import type { CommandSpec } from '../../command.ts'
import { option } from '../../getopt.ts'

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
      option('catalog', '--catalog <dir>...', 'Folder of catalog parts, plain or gzipped.'),
      option('request', '--request <file>', 'JSON file with the request and the recorded image.'),
      option(
        'index',
        '--index <file>',
        'Store the catalog index in this file instead of the user cache; it is rebuilt when the catalogs change.',
      ),
      option('satBackend', '--sat-backend <name>', 'SAT engine: minisat-wasm, cadical or logic-solver.'),
      option(
        'deadline',
        '--deadline <seconds>',
        'Stop the search after this time and use the best plan found.',
      ),
      option('json', '--json', 'Print the answer as one JSON object.'),
      option('stats', '--stats', 'Show the cost of the search.'),
      option('writeCnf', '--write-cnf <file>', 'Write the hard clauses to this file in DIMACS form.'),
      option(
        'writeCudf',
        '--write-cudf <file>',
        'Write the problem with its objectives to this file in CUDF form.',
      ),
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
