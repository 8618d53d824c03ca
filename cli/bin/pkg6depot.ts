#!/usr/bin/env node
import { toolIo } from '../io/tool-io.ts'
import { runPkg6Depot } from '../pkg6depot/pkg6depot.ts'

process.exitCode = await runPkg6Depot(process.argv.slice(2), toolIo())
