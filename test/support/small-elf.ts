/** One section of a small ELF file. */
export interface SmallSection {
  readonly name: string
  /** 8 takes no room in the file; then only the size of `content` counts. */
  readonly type?: number
  readonly content: string
}

/** How the file is written. */
export interface SmallElf {
  readonly bits: 32 | 64
  readonly littleEndian: boolean
  readonly sections: readonly SmallSection[]
}

/** An ELF file of nothing but sections: header, contents, names, section table. The first section is the empty one. */
export function smallElf({ bits, littleEndian: little, sections }: SmallElf): Buffer {
  const wide = bits === 64
  const all = [{ name: '', type: 0, content: '' }, ...sections]
  const header = wide ? 64 : 52
  const step = wide ? 64 : 40
  const names = Buffer.from(`${[...all.map(({ name }) => name), '.shstrtab'].join('\0')}\0`)
  const parts = [...all, { name: '.shstrtab', type: 3, content: names.toString('latin1') }]
  const body = Buffer.concat(
    parts.map(({ type = 1, content }) => Buffer.from(type === 8 ? '' : content, 'latin1')),
  )
  const table = header + body.length
  const bytes = Buffer.alloc(table + parts.length * step)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const long = (at: number, value: number): void =>
    wide ? view.setBigUint64(at, BigInt(value), little) : view.setUint32(at, value, little)
  bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2])
  body.copy(bytes, header)
  long(wide ? 40 : 32, table)
  view.setUint16(wide ? 58 : 46, step, little)
  view.setUint16(wide ? 60 : 48, parts.length, little)
  view.setUint16(wide ? 62 : 50, parts.length - 1, little)
  let offset = header
  let nameAt = 0
  for (const [index, { name, type = 1, content }] of parts.entries()) {
    const at = table + index * step
    view.setUint32(at, nameAt, little)
    view.setUint32(at + 4, type, little)
    long(at + (wide ? 24 : 16), offset)
    long(at + (wide ? 32 : 20), content.length)
    nameAt += name.length + 1
    if (type !== 8) offset += content.length
  }
  return bytes
}
