// Node cannot fetch files. Browsers get `fetch-wasm.mjs` alone: package.json says which.
import { readFile } from 'node:fs/promises'
import { readWasm as fetchWasm } from './fetch-wasm.mjs'

/**
 * The bytes at an address.
 * @param {URL} place
 */
export async function readWasm(place) {
  return place.protocol === 'file:' ? readFile(place) : fetchWasm(place)
}
