import { downgrades } from './downgrades.ts'
import { groups } from './groups.ts'
import { incorporations } from './incorporations.ts'
import { names } from './names.ts'
import { operations } from './operations.ts'
import { origins } from './origins.ts'
import { parents } from './parents.ts'
import { preferences } from './preferences.ts'
import { publishers } from './publishers.ts'
import { settings } from './settings.ts'

/** All scenarios of this project, which the tables of rules name by their ids. */
export const scenarios = [
  ...preferences,
  ...incorporations,
  ...downgrades,
  ...groups,
  ...parents,
  ...publishers,
  ...settings,
  ...names,
  ...origins,
  ...operations,
]
