import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { projectRoot } from '../../support/shared-data.ts'

const page = `
  import { createSolver, loadMinisat } from 'minisat-wasm'
  export async function run(wasm) {
    const solver = wasm === undefined ? await createSolver() : (await loadMinisat(wasm))()
    solver.addClauses(Int32Array.from([1, 2, 0, -1, 3, 0]))
    const answers = [solver.solve({ assumptions: Int32Array.of(-2) }), solver.value(1), solver.value(3)]
    answers.push(solver.solve({ assumptions: Int32Array.of(4, -2, -3) }), [...solver.core()].sort().join())
    solver.dispose()
    return answers
  }
`
const expected = ['sat', true, true, 'unsat', '-2,-3']
const folder = join(projectRoot, 'solver', 'minisat-wasm')

/** The kernel as a bundler for browsers makes it, in a context that has what the language has and what is given. */
async function loadPage(globals: object) {
  const { outputFiles } = await build({
    stdin: { contents: page, resolveDir: projectRoot },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'kernelPage',
    define: { 'import.meta.url': '"https://example.org/assets/page.js"' },
    write: false,
    logLevel: 'silent',
  })
  const context = createContext({ ...globals })
  runInContext(outputFiles[0]!.text, context)
  return runInContext('kernelPage', context) as {
    run(wasm?: Uint8Array<ArrayBuffer>): Promise<readonly unknown[]>
  }
}

test('a bundle for browsers fetches the wasm beside it and runs without anything of Node', async () => {
  const asked: string[] = []
  const wasm = readFileSync(join(folder, 'minisat.wasm'))
  const fetch = async (place: URL) => {
    asked.push(place.href)
    return { ok: true, arrayBuffer: async () => new Uint8Array(wasm).buffer }
  }
  const { run } = await loadPage({ URL, fetch })
  expect([...(await run())]).toEqual(expected)
  expect(asked).toEqual(['https://example.org/assets/minisat.wasm'])
})

test('with bytes in hand it needs neither fetch nor URL', async () => {
  const { run } = await loadPage({})
  expect([...(await run(new Uint8Array(readFileSync(join(folder, 'minisat.wasm')))))]).toEqual(expected)
})

test('a failed fetch is an error with the address and the status', async () => {
  const { run } = await loadPage({ URL, fetch: async () => ({ ok: false, status: 404 }) })
  await expect(run()).rejects.toThrow('https://example.org/assets/minisat.wasm: HTTP status 404')
})
