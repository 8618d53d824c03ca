import { describe, expect, it } from 'vitest'
import { createCrashFilesystem } from '../support/crash-filesystem.ts'
import { createMemoryFilesystem } from '../support/memory-filesystem.ts'
import type { Survival } from '../support/survival.ts'

type FixedSurvival = Exclude<Survival, { readonly seed: number }>['kind']

describe('the disk that loses power', () => {
  const bytes = (text: string) => Buffer.from(text)
  function disk() {
    const before = createMemoryFilesystem()
    before.plant('/d/old', 'old')
    before.plant('/e/other', 'other')
    return createCrashFilesystem(before)
  }
  const listed = (fs: ReturnType<typeof disk>, survival: Survival, position = fs.positions()) =>
    fs.cut(position, survival).build().listing('/')
  const names = (fs: ReturnType<typeof disk>, kind: FixedSurvival) =>
    listed(fs, { kind }).flatMap((line) => (line.includes(' dir ') ? [] : [line.slice('0644 0 0 '.length)]))
  const untouched = ['file d/old "old"', 'file e/other "other"']

  it('forgets what was not flushed, and nothing else', () => {
    const fs = disk()
    fs.createFile('/d/new', [bytes('new')], { mode: 0o644, fsync: false })
    expect(names(fs, 'nothing')).toEqual(untouched)
    expect(names(fs, 'names')).toEqual(['file d/new ""', ...untouched])
    expect(names(fs, 'zeros')).toEqual(['file d/new "\\u0000\\u0000\\u0000"', ...untouched])
    expect(names(fs, 'everything')).toEqual(['file d/new "new"', ...untouched])
    fs.sync('/d/new')
    expect(names(fs, 'nothing')).toEqual(untouched)
    expect(names(fs, 'names')).toEqual(['file d/new "new"', ...untouched])
    fs.sync('/d')
    expect(names(fs, 'nothing')).toEqual(['file d/new "new"', ...untouched])
  })

  it('keeps a rename whole, and its content apart from it', () => {
    const fs = disk()
    fs.createFile('/d/new', [bytes('new')], { mode: 0o644, fsync: false })
    fs.sync('/d')
    fs.rename('/d/new', '/e/other')
    expect(names(fs, 'nothing')).toEqual(['file d/new ""', ...untouched])
    expect(names(fs, 'last')).toEqual(['file d/old "old"', 'file e/other ""'])
    fs.sync('/d')
    expect(names(fs, 'nothing')).toEqual(['file d/new ""', ...untouched])
    fs.sync('/e')
    expect(names(fs, 'nothing')).toEqual(['file d/old "old"', 'file e/other ""'])
  })

  it('may keep the later change without the earlier, unless it needs it', () => {
    const fs = disk()
    fs.makeDirectory('/d/deep', 0o755)
    fs.unlink('/d/old')
    expect(names(fs, 'last')).toEqual(['file e/other "other"'])
    fs.rename('/e/other', '/d/deep/moved')
    expect(names(fs, 'last')).toEqual(['file d/deep/moved "other"', 'file d/old "old"'])
    expect(names(fs, 'all but first')).toEqual(['file e/other "other"'])
  })

  it('removes no directory before what left it', () => {
    const fs = disk()
    fs.rename('/d/old', '/e/old')
    fs.removeDirectory('/d')
    expect(names(fs, 'last')).toEqual(['file e/old "old"', 'file e/other "other"'])
    fs.sync('/')
    expect(names(fs, 'nothing')).toEqual(['file e/old "old"', 'file e/other "other"'])
  })

  it('tears what is appended, not what was there', () => {
    const fs = disk()
    fs.appendFile('/d/old', bytes('er still'), { fsync: false })
    const found = new Set(
      Array.from({ length: 60 }, (_, seed) =>
        listed(fs, { kind: 'random', seed }).find((line) => line.includes('d/old')),
      ),
    )
    expect(found.size).toBeGreaterThan(5)
    for (const line of found) expect(line).toContain('file d/old "old')
  })

  it('finds zeros and what older files left in content that was not flushed, wherever it likes', () => {
    const fs = disk()
    fs.createFile('/d/new', [bytes('abcdefgh')], { mode: 0o644, fsync: false })
    fs.sync('/d')
    const found = new Set<string>()
    for (let seed = 0; seed < 400; seed++) {
      const built = fs.cut(fs.positions(), { kind: 'random', seed }).build()
      found.add(built.text('/d/new')!.replaceAll('\0', '.').replaceAll('\n', '|'))
    }
    expect([...found]).toEqual(
      expect.arrayContaining(['', 'abcdefgh', 'abc', '...', 'abc.....', '....efgh', 'abcplace']),
    )
    expect(names(fs, 'stale')).toContain('file d/new "\\nunplace"')
  })

  it('may keep one change alone, or lose one alone', () => {
    const fs = disk()
    for (const name of ['x', 'y', 'z']) fs.createFile(`/d/${name}`, [], { mode: 0o644, fsync: false })
    const kept = (kind: 'only one' | 'all but one') =>
      new Set(
        Array.from({ length: 60 }, (_, seed) =>
          fs.cut(fs.positions(), { kind, seed }).build().readDirectory('/d').join(),
        ),
      )
    expect([...kept('only one')].sort()).toEqual(['old,x', 'old,y', 'old,z'])
    expect([...kept('all but one')].sort()).toEqual(['old,x,y', 'old,x,z', 'old,y,z'])
  })

  it('forgets modes and owners until the thing itself is flushed', () => {
    const fs = disk()
    fs.setMode('/d', 0o700)
    fs.setOwner('/d', 3, 4)
    fs.sync('/')
    expect(listed(fs, { kind: 'nothing' })[0]).toBe('0755 0 0 dir d')
    fs.sync('/d')
    expect(listed(fs, { kind: 'nothing' })[0]).toBe('0700 3 4 dir d')
  })
})
