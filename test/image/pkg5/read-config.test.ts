import { describe, expect, it } from 'vitest'
import { parseIni } from '../../../image/pkg5/ini-file.ts'
import { readForeignConfig } from '../../../image/pkg5/read-config.ts'

const head = '[image]\nversion = 5\n\n'

function read(text: string) {
  const found = readForeignConfig(text, 'full')
  if (!found.ok) throw new Error(found.error)
  return found.value
}

describe('parseIni', () => {
  it('reads sections with dots, further lines and comments', () => {
    expect(parseIni('# a\n[a.b]\nx.y = 1\nz : 2 = 3\n  more\n; b\n\n[a.b]\nx.y = 4\n')).toEqual(
      new Map([
        [
          'a.b',
          new Map([
            ['x.y', '4'],
            ['z', '2 = 3\nmore'],
          ]),
        ],
      ]),
    )
  })

  it.each(['x = 1', '[a]\nword', '[a]\n  more', '[]\nx = 1'])('says what is wrong with %j', (text) => {
    expect(parseIni(text)).toMatch(/^line \d+ /)
  })
})

describe('readForeignConfig', () => {
  it('orders publishers by the search order, and those it does not name by name', () => {
    const authority = (name: string): string => `[authority_${name}]\nprefix = ${name}\n`
    const { config } = read(
      `${head}[property]\npublisher-search-order = ['c', 'gone', 'a']\n${['a', 'z', 'c', 'b'].map(authority).join('')}`,
    )
    expect(config.publishers.map(({ name }) => name)).toEqual(['c', 'a', 'b', 'z'])
  })

  it('keeps what differs from the defaults, and says what it cannot keep', () => {
    const { config, warnings } = read(
      `${head}[property]\nbe-policy = always-new\nsend-uuid = True\nsignature-policy = DEFAULT\nsignature-required-names = ['A']\nkey-files = ['/k']\nmine = x\n`,
    )
    expect([...config.properties]).toEqual([
      ['be-policy', 'always-new'],
      ['signature-required-names', ['A']],
      ['mine', 'x'],
    ])
    expect(warnings).toEqual(['property key-files is left out: this client does not check key files'])
  })

  it('reads a publisher with all it can say, and says what it leaves out', () => {
    const { config, warnings } = read(`${head}[authority_example.org]
alias = ex
prefix = example.org
disabled = True
sticky = False
origins = ['http://ignored.example.org/']
origin_info = [{'uri': 'http://a.example.org', 'proxy': 'http://p/', 'disabled': 'true'}, {'uri': 'ssh://b/', 'proxy': ''}]
mirrors = ['http://m.example.org/']
ssl_key = /k
property.signature-policy = ignore
repo.refresh_seconds = 60
uuid = 2cd5a04c-1b2d-11ef-8d2e-0800270a1b2c
`)
    expect(config.publishers).toEqual([
      {
        name: 'example.org',
        alias: 'ex',
        sticky: false,
        enabled: false,
        origins: [{ uri: 'http://a.example.org/', enabled: false }],
        mirrors: [{ uri: 'http://m.example.org/', enabled: true }],
        properties: new Map([['signature-policy', 'ignore']]),
        refreshSeconds: 60,
        clientUuid: '2cd5a04c-1b2d-11ef-8d2e-0800270a1b2c',
      },
    ])
    expect(warnings).toEqual([
      'the client certificate of publisher example.org is left out',
      'the proxy of origin http://a.example.org/ is left out',
      'origin ssh://b/ of publisher example.org is left out: it is not a usable URI',
    ])
  })

  it('takes mediators that were set by hand only', () => {
    const { config } = read(`${head}[mediators]
perl.version = 5.36
perl.version-source = system
mta.implementation = sendmail
mta.implementation-version = 8.15
mta.implementation-source = local
mta.version-source = vendor
`)
    expect(config.mediators).toEqual([{ name: 'mta', version: undefined, implementation: 'sendmail@8.15' }])
  })

  it('says that children and inherited facets are left out', () => {
    expect(
      read(`${head}[linked_zone:z1]\nli-path = /z\n[inherited_facet]\nfacet.x = True\n`).warnings,
    ).toHaveLength(2)
  })

  it.each([
    ['', 'its image format is not stated; 4 and 5 are read'],
    ['[image]\nversion = 3\n', 'its image format is 3; 4 and 5 are read'],
    ['[image]\nversion = 6\n', 'its image format is 6; 4 and 5 are read'],
    [`${head}[facet]\nfacet.doc = maybe\n`, "facet facet.doc is 'maybe'"],
    [`${head}[authority_a/b]\n`, "'a/b' is not a publisher name"],
    ['binary\u0000', 'line 1 is neither a heading nor a value'],
  ])('refuses %j', (text, reason) => {
    expect(readForeignConfig(text, 'full')).toEqual({ ok: false, error: reason })
  })
})
