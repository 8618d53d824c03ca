/** What the operating system charged a process for. */
export interface Cost {
  /** Milliseconds of processor time, all threads; other work on the machine changes it less than the time that goes by. */
  readonly processor: number
  /** Largest resident size, MiB. */
  readonly peak: number
}

/** A module to preload: writes what its process cost to the file that `PKG6_BENCH_COST` names, when the process ends. */
export const costProbe = `data:text/javascript,${encodeURIComponent(
  'import{writeFileSync}from"node:fs";process.on("exit",()=>{const u=process.resourceUsage();writeFileSync(process.env.PKG6_BENCH_COST,JSON.stringify({processor:(u.userCPUTime+u.systemCPUTime)/1000,peak:u.maxRSS/1024}))})',
)}`
