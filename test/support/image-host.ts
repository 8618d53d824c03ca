import initSqlJs from 'sql.js'
import { createDryRunExecutor, createFilesystemExecutor } from '#executor'
import type { ImageHost, ProcessInfo } from '#image'
import type { Event, Filesystem } from '#model'
import { createSource } from '#repo'
import { neverCanceled } from './never-canceled.ts'

/** A host for tests: fixed clock that a test may move, no console, real SQL and repositories. */
export interface TestHost extends ImageHost {
  readonly collected: Event[]
  /** Milliseconds since 1970-01-01 UTC; starts at 2026-11-22T10:00:00Z. */
  time: number
  /** How often sql.js was asked for. */
  sqlLoads: number
}

/** This process as a test tells it; `alive` maps pids to start marks. */
export function testProcess(
  changes: Partial<ProcessInfo> & { alive?: ReadonlyMap<number, string> } = {},
): ProcessInfo {
  const pid = changes.pid ?? 100
  return {
    pid,
    hostname: 'host.example',
    clientName: 'pkg6',
    clientVersion: '0.1.0',
    commandLine: ['pkg6', 'test'],
    userName: 'tester',
    // The real one: only root may give files away.
    userId: process.geteuid?.() ?? 0,
    architecture: 'i386',
    startMark: (other) => changes.alive?.get(other) ?? (other === pid ? `start-${pid}` : 'gone'),
    ...changes,
  }
}

export function testHost(filesystem: Filesystem, changes: Partial<ImageHost> = {}): TestHost {
  const collected: Event[] = []
  const host: TestHost = {
    filesystem,
    process: testProcess(),
    collected,
    time: Date.UTC(2026, 10, 22, 10),
    sqlLoads: 0,
    clock: { now: () => host.time },
    cancellation: neverCanceled,
    events: { emit: (event) => collected.push(event) },
    loadSql: () => {
      host.sqlLoads++
      return initSqlJs()
    },
    loadBackend: () => Promise.reject(new Error('this test solves nothing')),
    openSource: (uri) => createSource(uri),
    newExecutor: createFilesystemExecutor,
    newDryRun: createDryRunExecutor,
    ...changes,
  }
  return host
}
