const sha1Pattern = /^[0-9a-f]{40}$/

/** A list of texts, most of them SHA-1 digests in hex; a digest takes 20 bytes. */
export function createDigestList() {
  let bytes = Buffer.alloc(20 * 1024)
  let count = 0
  const others = new Map<number, string | undefined>()
  return {
    push(text: string | undefined): void {
      if ((count + 1) * 20 > bytes.length) bytes = Buffer.concat([bytes], bytes.length * 2)
      if (text !== undefined && sha1Pattern.test(text)) bytes.write(text, count * 20, 'hex')
      else others.set(count, text)
      count++
    },
    copy(id: number, to: Uint8Array, at: number): boolean {
      if (others.has(id)) return false
      bytes.copy(to, at, id * 20, id * 20 + 20)
      return true
    },
    at: (id: number): string | undefined =>
      others.has(id) ? others.get(id) : bytes.toString('hex', id * 20, id * 20 + 20),
  }
}
