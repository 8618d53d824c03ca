import { scenario } from '../../support/short-scenario.ts'

/** Ranks, sticky and disabled publishers. */
export const publishers = [
  scenario(
    'second-publisher-by-name-only',
    'A lower ranked publisher is used when the pattern names it, and its dependencies follow rank',
    {
      publishers: ['one', 'two'],
      published: ['pkg://one/z@1', 'pkg://two/z@5', 'pkg://two/app@1 require z'],
      request: ['pkg://two/app'],
      plan: ['+ pkg://two/app@1', '+ z@1'],
    },
  ),
  scenario(
    'disabled-publisher-is-not-known',
    'A disabled publisher offers nothing, but what is installed from it stays',
    {
      publishers: ['one', 'two disabled'],
      published: ['pkg://one/app@1 require z', 'pkg://two/z@1', 'pkg://two/z@2'],
      installed: ['pkg://two/z@1'],
      request: ['app'],
      plan: ['+ app@1'],
    },
  ),
  scenario('disabled-publisher-has-no-rank', 'The best publisher is the best of those that are enabled', {
    publishers: ['one disabled', 'two'],
    published: ['pkg://two/app@1 require z', 'pkg://one/z@2', 'pkg://two/z@1'],
    request: ['app'],
    plan: ['+ pkg://two/app@1', '+ pkg://two/z@1'],
  }),
  scenario(
    'installed-copy-gives-no-rank',
    'That a package is installed from a publisher does not mean that the publisher offers its stem',
    {
      publishers: ['one unsticky', 'two'],
      published: ['pkg://one/other@1', 'pkg://two/z@2'],
      installed: ['pkg://one/z@1'],
      request: 'update',
      plan: ['~ z@1 -> pkg://two/z@2'],
    },
  ),
  scenario('disabled-publisher-is-not-sticky', 'A sticky publisher that is disabled keeps nothing', {
    publishers: ['one disabled', 'two'],
    published: ['pkg://one/a@1', 'pkg://two/a@2'],
    installed: ['pkg://one/a@1'],
    request: 'update',
    plan: ['~ a@1 -> pkg://two/a@2'],
  }),
  scenario(
    'removed-publisher-ranks-last',
    'A publisher that the image does not know any more has the last rank',
    {
      publishers: ['one'],
      published: ['pkg://one/a@2'],
      installed: ['pkg://gone/a@1'],
      request: 'update a',
      plan: ['~ pkg://gone/a@1 -> a@2'],
    },
  ),
  scenario('disabled-publisher-cannot-be-named', 'What only a disabled publisher offers cannot be named', {
    publishers: ['one', 'two disabled'],
    published: ['pkg://one/a@1', 'pkg://two/z@1'],
    request: ['z'],
    problem: 'no-match',
  }),
  scenario(
    'named-publisher-beats-sticky',
    'A pattern with a publisher moves a package away from a sticky one',
    {
      publishers: ['one', 'two'],
      published: ['pkg://one/a@1', 'pkg://two/a@2'],
      installed: ['pkg://one/a@1'],
      request: ['pkg://two/a'],
      plan: ['~ a@1 -> pkg://two/a@2'],
    },
  ),
  scenario(
    'equal-version-of-another-publisher',
    'The version that is installed is not taken anew from a better publisher',
    {
      publishers: ['one', 'two unsticky'],
      published: ['pkg://one/z@1', 'pkg://two/z@1'],
      installed: ['pkg://two/z@1'],
      request: 'update',
      plan: [],
    },
  ),
  scenario('dependency-of-another-publisher', 'The publisher in a dependency is not looked at', {
    publishers: ['one', 'two'],
    published: ['pkg://one/a@1 require pkg://two/b@1', 'pkg://one/b@1', 'pkg://two/b@1'],
    request: ['a'],
    plan: ['+ a@1', '+ b@1'],
  }),
]
