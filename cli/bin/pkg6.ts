#!/usr/bin/env node
import { join } from 'node:path'
import { Exit } from '../exit-codes.ts'
import { cacheFolder } from '../io/user-cache.ts'
import { loadProgram, programFor } from '../platform/program.ts'

// CommonJS, because Node takes milliseconds to make its loader of modules ready.
const words = process.argv.slice(2)
const program = loadProgram(join(__dirname, programFor(words)), cacheFolder(process.env, 'code'), require)
const { commandOf, runPkg6, processIo } = program.evaluate() as typeof import('../program.ts')
// What stands if nothing is left to wait for and the command has not ended.
process.exitCode = Exit.fatal
const io = processIo()
void runPkg6(words, io).then((code) => {
  program.keepCompiled(`${commandOf(words)} ${code}`)
  // All output is written when the command has ended; to take the heap down in order would cost milliseconds more.
  process.exit(io.exitCode(code))
})
