/** Live progress and the Stop button, the same in a notebook and in a terminal. */
import type { ProgressSink } from "../base/progress.ts";
import { TrainingStopped } from "../base/training/train_loop.ts";
import { currentHost, type Displayable, show } from "../report/display.ts";
import { type ProgressDisplay, progressDisplay } from "../report/progress/display.ts";

/** What watches and stops the stages of a run. */
export interface Session {
  /** Shown while `live` waits for work. */
  readonly progress: ProgressSink;
  /** Aborted by SIGINT (the Stop button, Ctrl-C); a fresh one afterwards, so that cells can run again. */
  readonly signal: AbortSignal;
  /**
   * Shows progress while `work` runs, and returns its result.
   *
   * @throws {TrainingStopped} SIGINT or SIGTERM came meanwhile.
   */
  live<T>(work: Promise<T>): Promise<T>;
  /** Shows what a user wants to know before long work; without it nobody is shown that. */
  readonly tell?: (output: Displayable | string) => Promise<void>;
}

/**
 * Starts a session. From now on SIGINT does not kill the process at once: the running stage stops between
 * two steps, writes its checkpoint and throws `TrainingStopped`. The second SIGINT within two seconds ends
 * the process; SIGTERM stops like the first.
 */
export function startSession(): Session {
  let display: ProgressDisplay | undefined;
  let controller = new AbortController();
  let pressed = -Infinity;
  // A training says itself where it stopped; this is for the work between trainings.
  const stop = () =>
    controller.abort(
      new TrainingStopped(
        "Stopped between two trainings: run again to go on, all finished is kept",
      ),
    );
  Deno.addSignalListener("SIGINT", () => {
    const now = performance.now();
    if (now - pressed < 2000) Deno.exit(130);
    pressed = now;
    stop();
  });
  Deno.addSignalListener("SIGTERM", stop);
  return {
    progress: (event) => display?.sink(event),
    get signal() {
      return controller.signal;
    },
    // Only results go to standard output.
    tell: (output) => show(output, currentHost("stderr")),
    async live(work) {
      display = progressDisplay();
      const { signal } = controller;
      try {
        const result = await work;
        // Work that knows no signal may end although it should have stopped: what comes next must not start.
        signal.throwIfAborted();
        return result;
      } finally {
        await display.done();
        display = undefined;
        if (controller.signal.aborted) controller = new AbortController();
      }
    },
  };
}
