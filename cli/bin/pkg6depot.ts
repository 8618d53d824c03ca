#!/usr/bin/env node
import { runTool } from '../io/tool-io.ts'
import { runPkg6Depot } from '../pkg6depot/pkg6depot.ts'

await runTool('pkg6depot', runPkg6Depot)
