/**
 * The bytes at an address.
 * @param {URL} place
 */
export async function readWasm(place) {
  const answer = await fetch(place)
  if (!answer.ok) throw new Error(`cannot load ${place.href}: HTTP status ${answer.status}`)
  return answer.arrayBuffer()
}
