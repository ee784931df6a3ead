/** A live progress bar with the remaining time, in a notebook and in a terminal. */
import type { ProgressEvent, ProgressSink } from "../../base/progress.ts";
import { currentHost, type DisplayHost, flush } from "../display.ts";
import { isFinished, progressHTML, progressText, stageLine } from "./text.ts";

/** Settings of {@link progressDisplay}. */
export interface ProgressDisplayOptions {
  /** Where to show it; found by itself when left out (standard error outside of a notebook). */
  readonly host?: DisplayHost;
  /** Least milliseconds between two updates; default: 250, four per second. */
  readonly intervalMilliseconds?: number;
  /** Least milliseconds between two lines of one stage where lines cannot be overwritten; 5,000. */
  readonly lineMilliseconds?: number;
  /** Most finished stages listed in a notebook; earlier ones are counted in one line. 12. */
  readonly finishedShown?: number;
}

/** A progress bar and the sink that feeds it. */
export interface ProgressDisplay {
  /** Hand this to whatever reports progress; returns at once and never throws. */
  readonly sink: ProgressSink;
  /** Draws the last state and waits until it has been passed on. Await it before the cell ends. */
  done(): Promise<void>;
}

/** The latest event of every stage, in order of appearance. */
type Stages = Map<string, ProgressEvent>;

/**
 * Starts a progress display: one line a finished stage, a bar with remaining time for each running
 * one. In a notebook it is updated in place; in a terminal the current line is overwritten; in a
 * file or pipe a line appears every few seconds and at the end of every stage.
 *
 * Updates need the running loop to yield now and then. A display that fails (a closed notebook) goes
 * silent; it never stops the work it watches.
 */
export function progressDisplay(options: ProgressDisplayOptions = {}): ProgressDisplay {
  const host = options.host ?? currentHost("stderr");
  if (host.kind === "terminal") {
    return terminalProgress(host, options);
  }
  return notebookProgress(host, options);
}

function notebookProgress(
  host: Extract<DisplayHost, { kind: "notebook" }>,
  options: ProgressDisplayOptions,
): ProgressDisplay {
  const interval = options.intervalMilliseconds ?? 250;
  const transient = { display_id: crypto.randomUUID() };
  const stages: Stages = new Map();
  let shown = false;
  let silent = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastDraw = -Infinity;
  let sending: Promise<void> = Promise.resolve();

  const draw = () => {
    timer = undefined;
    lastDraw = performance.now();
    const data = {
      "text/html": progressHTML([...stages.values()], options.finishedShown ?? 12),
      "text/plain": progressText([...stages.values()]),
    };
    const messageType = shown ? "update_display_data" : "display_data";
    shown = true;
    sending = sending
      .then(() =>
        silent ? undefined : host.broadcast(messageType, { data, metadata: {}, transient })
      )
      .catch(() => {
        silent = true;
      });
  };
  return {
    sink(event) {
      replaceStage(stages, event);
      if (timer !== undefined || silent) return;
      const wait = lastDraw + interval - performance.now();
      if (wait <= 0) draw();
      else timer = setTimeout(draw, wait);
    },
    async done() {
      clearTimeout(timer);
      if (stages.size > 0) draw();
      await sending;
      await flush();
    },
  };
}

/** Milliseconds after which a stage that nobody heard of has no line of its own any more. */
const SILENT_AFTER = 5000;

function terminalProgress(
  host: Extract<DisplayHost, { kind: "terminal" }>,
  options: ProgressDisplayOptions,
): ProgressDisplay {
  const interval = host.isInteractive
    ? options.intervalMilliseconds ?? 250
    : options.lineMilliseconds ?? 5000;
  const stages: Stages = new Map();
  const toldAt = new Map<string, number>();
  const drawnAt = new Map<string, number>();
  const finished = new Set<string>();
  let silent = false;
  let lines = 0;
  let undrawn: ProgressEvent | undefined;

  const write = (text: string) => {
    try {
      if (!silent) host.write(text);
    } catch {
      silent = true;
    }
  };
  /** Stages under way, of which there are several where workers train side by side. */
  const running = () =>
    [...stages.values()].filter((event) =>
      !isFinished(event) && performance.now() - toldAt.get(event.stage)! < SILENT_AFTER
    );
  // One column short of the edge, since some terminals wrap a full line.
  const fitting = (event: ProgressEvent) =>
    [...stageLine(event)].slice(0, host.columns - 1).join("");
  const draw = (event: ProgressEvent) => {
    drawnAt.set(event.stage, performance.now());
    undrawn = undefined;
    if (!host.isInteractive) return write(`${stageLine(event)}\n`);
    const others = running();
    const isEnd = isFinished(event);
    const shown = isEnd || others.length === 0 ? [event, ...others] : others;
    const erase = "\r\x1b[2K" + "\x1b[1A\x1b[2K".repeat(Math.max(0, lines - 1));
    write(erase + shown.map(fitting).join("\n") + (isEnd && shown.length === 1 ? "\n" : ""));
    lines = isEnd ? shown.length - 1 : shown.length;
  };
  /** When something was last drawn that this stage would overwrite or crowd out. */
  const lastDraw = ({ stage }: ProgressEvent) => {
    const isCrowd = !host.isInteractive && running().length > 1;
    return isCrowd ? drawnAt.get(stage) ?? -Infinity : Math.max(-Infinity, ...drawnAt.values());
  };
  return {
    sink(event) {
      toldAt.set(event.stage, performance.now());
      if (replaceStage(stages, event)) finished.delete(event.stage);
      if (isFinished(event)) {
        if (finished.has(event.stage)) return;
        finished.add(event.stage);
        draw(event);
      } else if (event.state === "waiting" || performance.now() - lastDraw(event) >= interval) {
        draw(event);
      } else undrawn = event;
    },
    async done() {
      if (undrawn !== undefined) draw(undrawn);
      if (host.isInteractive && lines > 0) write("\n");
      await flush();
    },
  };
}

/** True when the stage of `event` starts again under the same name. */
function replaceStage(stages: Stages, event: ProgressEvent): boolean {
  const before = stages.get(event.stage);
  // What was just trained is soon used: how it came about says more.
  if (before !== undefined && isFinished(before) && event.state === "reused") return false;
  stages.set(event.stage, event);
  return before !== undefined && event.step < before.step;
}
