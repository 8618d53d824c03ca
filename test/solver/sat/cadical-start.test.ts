import { expect, it } from 'vitest'
import { loadBackend } from '#solver'

it('a start of CaDiCaL that fails is an error, and is not waited for', async () => {
  await expect(loadBackend('cadical', { wasm: new Uint8Array([1, 2, 3]) })).rejects.toThrow(/WebAssembly/)
})
