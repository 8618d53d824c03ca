#!/usr/bin/env node
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadProgram, programFiles } from '../platform/program.ts'

const { evaluate } = loadProgram(programFiles(dirname(fileURLToPath(import.meta.url))))
const { runPkg6, processIo } = evaluate() as typeof import('../program.ts')
process.exitCode = await runPkg6(process.argv.slice(2), processIo())
