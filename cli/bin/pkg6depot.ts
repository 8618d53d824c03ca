#!/usr/bin/env node
import { runPkg6Depot } from '../pkg6depot.ts'
import { toolIo } from '../tool-io.ts'

process.exitCode = await runPkg6Depot(process.argv.slice(2), toolIo())
