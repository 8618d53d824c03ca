/** The calls from the kernel to its host: imports of the module `host`. */

/** Memory cannot grow any more. Never returns: the host throws, which unwinds the kernel; the instance is lost after it. */
export declare function outOfMemory(): void

/** One step of a DRAT proof: `kind` 0 adds, 1 deletes the clause of `count` kernel literals at `address`. */
export declare function proofStep(kind: u32, address: usize, count: u32): void
