#!/usr/bin/env node
import { runPkg6Repo } from '../pkg6repo.ts'
import { toolIo } from '../tool-io.ts'

process.exitCode = await runPkg6Repo(process.argv.slice(2), toolIo())
