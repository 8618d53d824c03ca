#!/usr/bin/env node
import { toolIo } from '../io/tool-io.ts'
import { runPkg6Repo } from '../pkg6repo/pkg6repo.ts'

process.exitCode = await runPkg6Repo(process.argv.slice(2), toolIo())
