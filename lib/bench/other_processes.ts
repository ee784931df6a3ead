/** How much of the machine other processes take: what a repetition was disturbed by. */

/** Processor time in seconds, of all processes and of those that are measured. */
export interface ProcessorTime {
  readonly machine: number;
  readonly own: number;
  /** Seconds on the clock. */
  readonly clock: number;
}

const TICKS_A_SECOND = 100;

/**
 * Reads processor times from Linux' `/proc`; undefined where there is none.
 *
 * @param processes Ids of the processes that are measured, beside this one.
 */
export function readProcessorTime(processes: readonly number[]): ProcessorTime | undefined {
  try {
    const machine = busyTicks(Deno.readTextFileSync("/proc/stat"));
    let own = 0;
    for (const id of [Deno.pid, ...processes]) {
      own += processTicks(Deno.readTextFileSync(`/proc/${id}/stat`));
    }
    return {
      machine: machine / TICKS_A_SECOND,
      own: own / TICKS_A_SECOND,
      clock: performance.now() / 1000,
    };
  } catch {
    return undefined;
  }
}

/** Seconds of processor time of a process, all threads; undefined where it cannot be known. */
export function processorSeconds(process: number): number | undefined {
  try {
    return processTicks(Deno.readTextFileSync(`/proc/${process}/stat`)) / TICKS_A_SECOND;
  } catch {
    return undefined;
  }
}

/** Processors' worth of time that others took between two readings; at least 0. */
export function othersBetween(from: ProcessorTime, to: ProcessorTime): number {
  const others = to.machine - from.machine - (to.own - from.own);
  return Math.max(0, others / Math.max(to.clock - from.clock, 1e-3));
}

/** Ticks of the first line of `/proc/stat` that were spent on work, stolen ones included. */
export function busyTicks(stat: string): number {
  const [user, nice, system, , , irq, softirq, steal] = stat.split("\n")[0]!.trim().split(/\s+/)
    .slice(1).map(Number);
  return user! + nice! + system! + irq! + softirq! + (steal ?? 0);
}

/** Ticks of a process and of the children that it waited for, from its `/proc/<id>/stat`. */
export function processTicks(stat: string): number {
  // The second field is a name in parentheses that may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0);
}
