#!/usr/bin/env node
import { Exit } from '../exit-codes.ts'
import { loadProgram, programFiles, programFor } from '../platform/program.ts'

// CommonJS, because Node takes milliseconds to make its loader of modules ready.
const words = process.argv.slice(2)
const { evaluate } = loadProgram(programFiles(__dirname, programFor(words)), require)
const { runPkg6, processIo } = evaluate() as typeof import('../program.ts')
// What stands if nothing is left to wait for and the command has not ended.
process.exitCode = Exit.fatal
// All output is written when the command has ended; to take the heap down in order would cost milliseconds more.
void runPkg6(words, processIo()).then((code) => process.exit(code))
