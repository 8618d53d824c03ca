// Host side of the kernel: one wasm instance with a memory of its own per solver. See README.md for the contract.
import { readWasm } from '#read-wasm'

/** Conflicts and propagations between two looks at `shouldStop`; a slice takes some milliseconds. */
const SLICE_CONFLICTS = 200
const SLICE_PROPAGATIONS = 500_000
/** One page less than the format allows: the kernel never uses the last one. */
const LARGEST_PAGES = 65535
const PAGE = 65536
const FIRST_PAGES = 4
const LARGEST_VARIABLE = 0x0fffffff
const ANSWERS = [undefined, 'sat', 'unsat', 'unknown']

/** Thrown when memory cannot grow any more; the solver is unusable after it. */
export class OutOfMemoryError extends Error {
  constructor(message = 'the memory of the solver cannot grow any more') {
    super(message)
    this.name = 'OutOfMemoryError'
  }
}

/** @param {BufferSource | WebAssembly.Module | undefined} source */
async function compile(source) {
  if (source instanceof WebAssembly.Module) return source
  if (source !== undefined) {
    try {
      // Eleven kilobytes are compiled here before another thread would have begun.
      return new WebAssembly.Module(source)
    } catch (error) {
      // Some browsers require that another thread compiles a module of more than four kilobytes.
      if (!(error instanceof RangeError)) throw error
      return WebAssembly.compile(source)
    }
  }
  return WebAssembly.compile(await readWasm(new URL('./minisat.wasm', import.meta.url)))
}

/**
 * @param {BufferSource | WebAssembly.Module} [source]
 * @returns {Promise<(options?: import('./index.d.ts').SolverOptions) => import('./index.d.ts').Solver>}
 */
export async function loadMinisat(source) {
  const module = await compile(source)
  return (options) => newSolver(module, options ?? {})
}

/** @param {import('./index.d.ts').SolverOptions} [options] */
export async function createSolver(options) {
  const create = await loadMinisat()
  return create(options)
}

/** @param {number | undefined} bytes */
function newMemory(bytes) {
  const maximum =
    bytes === undefined
      ? LARGEST_PAGES
      : Math.max(FIRST_PAGES, Math.min(LARGEST_PAGES, Math.floor(bytes / PAGE)))
  try {
    return new WebAssembly.Memory({ initial: FIRST_PAGES, maximum })
  } catch (error) {
    if (error instanceof RangeError) throw new OutOfMemoryError('no address space for another solver')
    throw error
  }
}

/**
 * @param {WebAssembly.Module} module
 * @param {import('./index.d.ts').SolverOptions} options
 * @returns {import('./index.d.ts').Solver}
 */
function newSolver(module, options) {
  const memory = newMemory(options.maximumBytes)
  const { onProof, tuning } = options
  const instance = new WebAssembly.Instance(module, {
    env: { memory },
    host: {
      outOfMemory() {
        throw new OutOfMemoryError()
      },
      proofStep(kind, address, count) {
        onProof?.(kind === 0 ? 'add' : 'delete', signedLiterals(address, count))
      },
    },
  })
  const kernel = /** @type {any} */ (instance.exports)
  /** @type {'ready' | 'sat' | 'unsat' | 'busy' | 'broken' | 'disposed'} */
  let state = 'ready'
  let core = new Int32Array(0)
  /** @type {Uint8Array | undefined} */
  let model
  let staging = new Int32Array(0)
  const room = kernel.stagingLength()
  const stagingAddress = kernel.stagingAddress() >>> 0

  /** Kernel literals (2 * variable + sign) as signed integers. */
  function signedLiterals(address, count) {
    const literals = new Int32Array(memory.buffer, address >>> 0, count).slice()
    for (let i = 0; i < count; i++) {
      const literal = literals[i]
      literals[i] = literal & 1 ? -(literal >>> 1) : literal >>> 1
    }
    return literals
  }

  function requireUsable() {
    if (state === 'disposed') throw new Error('the solver is disposed')
    if (state === 'busy') throw new Error('the solver is searching')
    if (state === 'broken') throw new OutOfMemoryError('the solver ran out of memory before')
  }

  /** Runs a kernel call. If it throws, the instance is unusable. */
  function guarded(call) {
    try {
      return call()
    } catch (error) {
      throw broken(error)
    }
  }

  function broken(error) {
    state = 'broken'
    return error
  }

  /** Copies a part of an array into the staging buffer. Makes a new view if memory has grown. */
  function stage(literals, from, count) {
    if (staging.buffer !== memory.buffer || staging.length === 0) {
      staging = new Int32Array(memory.buffer, stagingAddress, room)
    }
    staging.set(from === 0 && count === literals.length ? literals : literals.subarray(from, from + count))
  }

  function requireVariable(variable) {
    if (!Number.isInteger(variable) || variable < 1 || variable > LARGEST_VARIABLE) {
      throw new RangeError(`not a variable: ${variable}`)
    }
  }

  function requireLiterals(literals) {
    if (!(literals instanceof Int32Array)) throw new TypeError('literals must be an Int32Array')
    for (let i = 0; i < literals.length; i++) {
      const literal = literals[i]
      if (literal > LARGEST_VARIABLE || literal < -LARGEST_VARIABLE)
        throw new RangeError(`not a literal: ${literal}`)
    }
  }

  function addClauses(literals) {
    requireUsable()
    requireLiterals(literals)
    if (literals.length === 0) return
    if (literals[literals.length - 1] !== 0) throw new RangeError('the last clause is not ended by 0')
    state = 'ready'
    guarded(() => {
      kernel.beginClauses()
      for (let from = 0; from < literals.length; from += room) {
        const count = Math.min(room, literals.length - from)
        stage(literals, from, count)
        kernel.readClauses(count)
      }
    })
  }

  function assume(assumptions) {
    for (let from = 0; from < assumptions.length; from += room) {
      const count = Math.min(room, assumptions.length - from)
      stage(assumptions, from, count)
      kernel.admitStaged(count)
      stage(assumptions, from, count)
      kernel.assume(count)
    }
  }

  /** Searches in slices until an answer or a limit. Between slices the kernel is consistent, so `shouldStop` may throw. */
  function search(shouldStop) {
    let code = 0
    while (code === 0) {
      try {
        if (shouldStop?.()) return 3
      } catch (error) {
        state = 'ready'
        throw error
      }
      code = guarded(() => kernel.step(SLICE_CONFLICTS, SLICE_PROPAGATIONS))
    }
    return code
  }

  function solve(request = {}) {
    requireUsable()
    const { assumptions, conflicts = Infinity, propagations = Infinity, shouldStop } = request
    if (assumptions !== undefined) {
      requireLiterals(assumptions)
      if (assumptions.includes(0)) throw new RangeError('an assumption is 0')
    }
    if (!(conflicts >= 0) || !(propagations >= 0)) throw new RangeError('a limit is negative or not a number')
    state = 'busy'
    guarded(() => {
      kernel.beginAssuming()
      if (assumptions !== undefined) assume(assumptions)
      kernel.endAssuming(conflicts, propagations)
    })
    const code = search(shouldStop)
    state = 'ready'
    if (code === 1) {
      const address = kernel.modelAddress() >>> 0
      model = new Uint8Array(memory.buffer, address, kernel.variableCount() + 1)
      state = 'sat'
    } else if (code === 2) {
      const count = kernel.coreLength()
      core = new Int32Array(memory.buffer, kernel.coreAddress() >>> 0, count).slice()
      state = 'unsat'
    }
    return ANSWERS[code]
  }

  function wholeModel() {
    requireUsable()
    if (state !== 'sat')
      throw new Error('there is no model: the last answer is not sat, or clauses came after it')
    if (model.length === 0) {
      // Memory grew since: the old view is detached.
      const address = kernel.modelAddress() >>> 0
      model = new Uint8Array(memory.buffer, address, kernel.variableCount() + 1)
    }
    return model
  }

  if (onProof !== undefined) kernel.prove(true)
  if (tuning !== undefined) {
    kernel.tune(
      tuning.reduceFirst ?? 2000,
      tuning.reduceStep ?? 300,
      tuning.lubyUnit ?? 128,
      tuning.modeFirst ?? 1000,
      tuning.simplifyCost ?? 1,
    )
  }
  return {
    addClauses,
    solve,
    value(variable) {
      const truth = wholeModel()
      requireVariable(variable)
      return truth[variable] === 1
    },
    model: wholeModel,
    core() {
      requireUsable()
      if (state !== 'unsat')
        throw new Error('there is no core: the last answer is not unsat, or clauses came after it')
      return core.slice()
    },
    setPhase(variable, value) {
      requireUsable()
      requireVariable(variable)
      try {
        kernel.setPhase(variable, value)
      } catch (error) {
        throw broken(error)
      }
    },
    setPriority(variable, priority) {
      requireUsable()
      requireVariable(variable)
      if (!Number.isFinite(priority)) throw new RangeError(`not a priority: ${priority}`)
      try {
        kernel.setPriority(variable, priority)
      } catch (error) {
        throw broken(error)
      }
    },
    statistics() {
      requireUsable()
      return {
        variables: kernel.variableCount(),
        clauses: kernel.clauseCount(),
        learnts: kernel.learntCount(),
        solves: kernel.solveCount(),
        conflicts: kernel.conflictCount(),
        decisions: kernel.decisionCount(),
        propagations: kernel.propagationCount(),
        restarts: kernel.restartCount(),
        memoryBytes: memory.buffer.byteLength,
      }
    },
    dispose() {
      state = 'disposed'
    },
  }
}
