#!/usr/bin/env node
import { runTool } from '../io/tool-io.ts'
import { runPkg6Repo } from '../pkg6repo/pkg6repo.ts'

await runTool('pkg6repo', runPkg6Repo)
