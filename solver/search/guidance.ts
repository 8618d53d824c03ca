import type { StemId } from '#model'
import type { VariableMap } from '../encode/variable-map.ts'
import { mustBePresent, type Question, Role } from '../question/question.ts'
import type { SatBackend } from '../sat-backend.ts'
import { anyPackage, preferredPosition } from './cone.ts'

/** Order of decisions: named stems first, then incorporations, then installed stems, then the others. */
const Priority = { named: 4, incorporation: 3, installed: 2, newest: 1 } as const

/** Tells the engine what a good answer looks like. Only the speed depends on it. */
export function createGuidance(question: Question, variables: VariableMap, engine: SatBackend) {
  const isDecided = (stem: StemId) => mustBePresent(question, stem) && variables.candidates(stem).length === 1
  const isNew = (role: number) => role === Role.new || role === Role.rejected
  const wantedPosition = (stem: StemId) => preferredPosition(question, variables, anyPackage, stem)
  const guide = (stem: StemId, k: number, variable: number) => {
    const role = question.role(stem)
    if (k === 1 && isDecided(stem)) return
    if (isNew(role)) {
      // "Newest or absent" is decided before "absent": a stem that something pulls in comes at its newest version.
      if (k < variables.candidates(stem).length) engine.setPriority(variable, Priority.newest)
      return
    }
    const holds = question.everything && question.universe.catalog.packageHold[question.base[stem]!]! >= 0
    const priority =
      role === Role.named ? Priority.named : holds ? Priority.incorporation : Priority.installed
    engine.setPhase(variable, k > wantedPosition(stem))
    engine.setPriority(variable, priority)
  }
  return {
    /** Guides the variables of a stem, and makes those of the position that a good answer selects. */
    stem(stem: StemId) {
      if (isDecided(stem)) return
      if (variables.candidates(stem).length > 0 && !isNew(question.role(stem))) {
        const wanted = wantedPosition(stem)
        variables.below(stem, wanted)
        variables.below(stem, wanted + 1)
      }
      const places = variables.places(stem)
      for (let index = 0; index < places.length; index += 1)
        guide(stem, places[index]!, variables.known(stem, places[index]!))
    },
    /** Guides the variable of position `k` of a stem. */
    variable: guide,
  }
}
