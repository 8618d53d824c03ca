import { expect, it } from 'vitest'
import { append, largest, smallest, withFileSlashes } from '#model'

it('lists of any length are taken', () => {
  const many = Array.from({ length: 300_000 }, (_, index) => index)
  const list = [-1]
  append(list, many)
  expect([list.length, largest(list), smallest(list)]).toEqual([300_001, 299_999, -1])
  expect([largest([]), smallest([])]).toEqual([-Infinity, Infinity])
})

it.each([
  ['file:/srv/repo', 'file:///srv/repo'],
  ['FILE:/srv', 'file:///srv'],
  ['file:///srv', 'file:///srv'],
  ['file:////srv', 'file:///srv'],
  ['file://host/srv', 'file://host/srv'],
  ['file:srv', 'file:srv'],
  ['http:/srv', 'http:/srv'],
])('%s is %s', (given, uri) => {
  expect(withFileSlashes(given)).toBe(uri)
})
