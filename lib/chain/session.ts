/** Live progress and the Stop button, the same in a notebook and in a terminal. */
import type { ProgressSink } from "../base/progress.ts";
import { TrainingStopped } from "../base/training/failures.ts";
import {
  currentHost,
  type Displayable,
  type DisplayHost,
  reportError,
  show,
} from "../report/display.ts";
import { type ProgressDisplay, progressDisplay } from "../report/progress/display.ts";
import { Gate, withoutStack } from "./gate.ts";

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
  /** In a notebook: refuses cells that were queued behind one that was stopped or failed. */
  readonly gate?: Gate;
}

/** Ends the session before this one: it listens no more, and its runs are refused. */
let endCurrent: (() => void) | undefined;

/**
 * Starts a session, and ends the one before. SIGINT does not kill the process at once: the running stage stops between
 * two steps, writes its checkpoint and throws `TrainingStopped`; SIGTERM stops likewise. In a terminal the
 * second SIGINT within two seconds ends the process. In a notebook it does not, a Stop while nothing runs is none, and
 * rejections and errors that no cell awaits are shown as errors.
 *
 * @param host Where it shows what happens; found by itself when left out.
 */
export function startSession(host: DisplayHost = currentHost("stdout")): Session {
  endCurrent?.();
  const isNotebook = host.kind === "notebook";
  const gate = isNotebook ? new Gate() : undefined;
  let display: ProgressDisplay | undefined;
  let hasEvents = false;
  let waiting = 0;
  let controller = new AbortController();
  let pressed = -Infinity;
  // A training says itself where it stopped; this is for the work between trainings.
  const stop = () => {
    // It would end the next cell.
    if (isNotebook && waiting === 0) return;
    controller.abort(
      new TrainingStopped(
        "Stopped between two trainings: run again to go on, all finished is kept",
      ),
    );
  };
  const interrupt = () => {
    const now = performance.now();
    if (!isNotebook && now - pressed < 2000) Deno.exit(130);
    pressed = now;
    stop();
  };
  Deno.addSignalListener("SIGINT", interrupt);
  Deno.addSignalListener("SIGTERM", stop);
  const stopListening = isNotebook ? showLostErrors(host) : () => {};
  endCurrent = () => {
    gate?.end();
    Deno.removeSignalListener("SIGINT", interrupt);
    Deno.removeSignalListener("SIGTERM", stop);
    stopListening();
  };
  const watched = async <T>(work: Promise<T>): Promise<T> => {
    if (typeof work === "function") {
      throw new TypeError(
        "Cannot wait with session.live(): found a function, want what it gives, such as run.students() with brackets",
      );
    }
    const own = display = progressDisplay(isNotebook ? { host } : {});
    hasEvents = false;
    waiting++;
    const { signal } = controller;
    try {
      const result = await work;
      // Work that knows no signal may end although it should have stopped: what comes next must not start.
      signal.throwIfAborted();
      if (isNotebook && !hasEvents) await show("Nothing to do: the result is in memory.", host);
      return result;
    } catch (error) {
      if (isNotebook && error instanceof TrainingStopped) withoutStack(error);
      throw error;
    } finally {
      await own.done();
      display = undefined;
      waiting--;
      if (controller.signal.aborted) controller = new AbortController();
    }
  };
  return {
    progress: (event) => {
      hasEvents = true;
      display?.sink(event);
    },
    get signal() {
      return controller.signal;
    },
    // Only results go to standard output.
    tell: (output) => show(output, currentHost("stderr")),
    gate,
    live: (work) => gate === undefined ? watched(work) : gate.watch(() => watched(work)),
  };
}

/** Shows what Deno's kernel swallows; returns what ends that. */
function showLostErrors(host: DisplayHost): () => void {
  const rejected = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    void reportError(event.reason, host);
  };
  const thrown = (event: ErrorEvent) => {
    event.preventDefault();
    void reportError(event.error, host);
  };
  globalThis.addEventListener("unhandledrejection", rejected);
  globalThis.addEventListener("error", thrown);
  return () => {
    globalThis.removeEventListener("unhandledrejection", rejected);
    globalThis.removeEventListener("error", thrown);
  };
}
