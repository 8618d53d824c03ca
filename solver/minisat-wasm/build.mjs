// Compiles assembly/ to minisat.wasm. The output depends on the sources and the compiler version only.
// Usage: node build.mjs [OUTPUT]
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { main } from 'assemblyscript/asc'

const folder = dirname(fileURLToPath(import.meta.url))
const output = resolve(process.argv[2] ?? join(folder, 'minisat.wasm'))
const { error, stdout, stderr } = await main([
  'assembly/index.ts',
  '--baseDir',
  folder,
  '--outFile',
  relative(folder, output),
  '--runtime',
  'stub',
  '--importMemory',
  '--noExportMemory',
  '--initialMemory',
  '4',
  '--optimizeLevel',
  '3',
  '--shrinkLevel',
  '0',
  '--converge',
  '--noAssert',
  '--use',
  'abort=',
])
process.stdout.write(stdout.toString())
process.stderr.write(stderr.toString())
if (error) process.exitCode = 1
