/** A live progress bar with the remaining time, in a notebook and in a terminal. */
import { type ProgressEvent, type ProgressSink, remainingSeconds } from "../base/progress.ts";
import { currentHost, type DisplayHost, escapeMarkup, flush } from "./display.ts";

/** Settings of {@link progressDisplay}. */
export interface ProgressDisplayOptions {
  /** Where to show it; found by itself when left out (standard error outside of a notebook). */
  readonly host?: DisplayHost;
  /** Least milliseconds between two updates; 250, four a second. */
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

function terminalProgress(
  host: Extract<DisplayHost, { kind: "terminal" }>,
  options: ProgressDisplayOptions,
): ProgressDisplay {
  const interval = host.isInteractive
    ? options.intervalMilliseconds ?? 250
    : options.lineMilliseconds ?? 5000;
  const stages: Stages = new Map();
  const finished = new Set<string>();
  let silent = false;
  let lastDraw = -Infinity;
  let undrawn: ProgressEvent | undefined;

  const write = (text: string) => {
    try {
      if (!silent) host.write(text);
    } catch {
      silent = true;
    }
  };
  const draw = (event: ProgressEvent) => {
    lastDraw = performance.now();
    undrawn = undefined;
    const line = stageLine(event);
    // One column short of the edge, since some terminals wrap a full line.
    if (host.isInteractive) write(`\r\x1b[2K${[...line].slice(0, host.columns - 1).join("")}`);
    else write(`${line}\n`);
  };
  return {
    sink(event) {
      if (replaceStage(stages, event)) finished.delete(event.stage);
      if (isFinished(event)) {
        if (finished.has(event.stage)) return;
        finished.add(event.stage);
        draw(event);
        if (host.isInteractive) write("\n");
      } else if (performance.now() - lastDraw >= interval) draw(event);
      else undrawn = event;
    },
    async done() {
      if (undrawn !== undefined) draw(undrawn);
      const last = [...stages.values()].at(-1);
      if (host.isInteractive && last !== undefined && !isFinished(last)) write("\n");
      await flush();
    },
  };
}

/** True when the stage of `event` starts anew under the same name. */
function replaceStage(stages: Stages, event: ProgressEvent): boolean {
  const before = stages.get(event.stage);
  stages.set(event.stage, event);
  return before !== undefined && event.step < before.step;
}

/** True for the last event of a stage. */
export function isFinished(event: ProgressEvent): boolean {
  return event.state === "trained" || event.state === "reused" || event.step >= event.total;
}

/** One stage as one line of text, for instance `cGAN 12 % 420/3,500, 9 min 30 s left, loss 0.52`. */
export function stageLine(event: ProgressEvent): string {
  const metrics = metricsText(event.metrics);
  if (isFinished(event)) {
    return [`✓ ${event.stage}: ${finishedText(event)}`, metrics].filter((part) => part !== "")
      .join(", ");
  }
  const filled = Math.floor(shareOf(event) * 20);
  const bar = "█".repeat(filled) + "░".repeat(20 - filled);
  return [
    `${event.stage} ${bar} ${percentText(event)} ${stepsText(event)}`,
    remainingText(event),
    metrics,
  ].filter((part) => part !== "").join(", ");
}

/** All stages as text, one a line. */
export function progressText(events: readonly ProgressEvent[]): string {
  return events.map(stageLine).join("\n");
}

/**
 * All stages as HTML: finished ones as a list, running ones as bars.
 *
 * @param events The latest event of every stage.
 * @param finishedShown Most finished stages to list; earlier ones are counted in one line.
 */
export function progressHTML(events: readonly ProgressEvent[], finishedShown: number): string {
  const finished = events.filter(isFinished);
  const hidden = Math.max(0, finished.length - finishedShown);
  const lines = finished.slice(hidden).map((event) => {
    const metrics = metricsText(event.metrics);
    return `<div>✓ <b>${escapeMarkup(event.stage)}</b> ${finishedText(event)}` +
      `${metrics === "" ? "" : ` · ${escapeMarkup(metrics)}`}</div>`;
  });
  if (hidden > 0) lines.unshift(`<div>✓ ${hidden} earlier stages finished</div>`);
  for (const event of events.filter((event) => !isFinished(event))) {
    // Colours that hold on light and dark themes: the text colour itself, and one blue.
    lines.push(
      `<div style="margin-top:4px"><b>${escapeMarkup(event.stage)}</b> ` +
        [percentText(event), stepsText(event), remainingText(event)]
          .filter((part) => part !== "").join(" · ") +
        `<div style="width:520px;max-width:100%;height:8px;margin:3px 0;border-radius:4px;` +
        `background:rgba(128,128,128,0.3)"><div style="width:${
          (shareOf(event) * 100).toFixed(1)
        }%;` +
        `height:8px;border-radius:4px;background:#0072b2"></div></div>` +
        `${escapeMarkup(metricsText(event.metrics))}</div>`,
    );
  }
  return `<div style="font-size:90%;line-height:1.5">${lines.join("")}</div>`;
}

/** A length of time in words, for instance `45 s`, `3 min 20 s`, `2 h 05 min`, `1 d 3 h`. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function finishedText(event: ProgressEvent): string {
  const time = durationText(event.elapsedSeconds);
  if (event.state === "reused") return "reused";
  return event.state === "resumed" ? `resumed and trained in ${time}` : `trained in ${time}`;
}

function remainingText(event: ProgressEvent): string {
  const seconds = remainingSeconds(event);
  return seconds === undefined ? "" : `${durationText(seconds)} left`;
}

function shareOf(event: ProgressEvent): number {
  return event.total > 0 ? Math.min(1, Math.max(0, event.step / event.total)) : 0;
}

function percentText(event: ProgressEvent): string {
  return `${Math.floor(shareOf(event) * 100)} %`;
}

function stepsText(event: ProgressEvent): string {
  return `${event.step.toLocaleString("en-US")}/${event.total.toLocaleString("en-US")}`;
}

function metricsText(metrics: Readonly<Record<string, number>>): string {
  return Object.entries(metrics).slice(0, 5).map(([name, value]) => `${name} ${short(value)}`)
    .join(", ");
}

function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && size < 1e-3) return value.toExponential(1);
  if (size >= 1000 || Number.isInteger(value)) return Math.round(value).toLocaleString("en-US");
  return value.toPrecision(3);
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
