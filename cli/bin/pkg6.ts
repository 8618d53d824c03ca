#!/usr/bin/env node
import { runPkg6 } from '../main.ts'
import { processIo } from '../process-io.ts'

process.exitCode = await runPkg6(process.argv.slice(2), processIo())
