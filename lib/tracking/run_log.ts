/** What happened in a run, as JSON lines: an event a line, appended in one write, so that a kill costs the last line at most. */
import * as v from "valibot";
import { readTextIfThere } from "../base/disk/files.ts";
import { dirname } from "../base/disk/path.ts";

/** Rows of a training's history: "step" and metrics by name. */
const Rows = v.array(v.record(v.string(), v.number()));

const LogEvent = v.variant("event", [
  /** The process begins to train for a run. */
  v.object({
    event: v.literal("run"),
    time: v.string(),
    experiment: v.string(),
    preset: v.string(),
    setting: v.string(),
    changes: v.record(v.string(), v.string()),
    versions: v.record(v.string(), v.string()),
  }),
  /** A stage went on. */
  v.object({
    event: v.literal("stage"),
    time: v.string(),
    stage: v.string(),
    state: v.string(),
    step: v.number(),
    total: v.number(),
    /** Of this process. */
    seconds: v.number(),
    rows: v.optional(Rows),
    remark: v.optional(v.string()),
  }),
  /** A student was trained, or its training came to nothing. */
  v.object({
    event: v.literal("record"),
    time: v.string(),
    cell: v.string(),
    seed: v.number(),
    metric: v.string(),
    value: v.optional(v.number()),
    failure: v.optional(v.string()),
    student: v.optional(v.string()),
  }),
]);

/** One line of a log. */
export type LogEvent = v.InferOutput<typeof LogEvent>;

/** What is left of a log. */
export interface ReadLog {
  readonly events: readonly LogEvent[];
  /** Lines that a kill or another program tore. */
  readonly torn: number;
}

/**
 * Appends an event as one line. A line that an earlier process left torn is ended first.
 *
 * @throws {Error} The file cannot be written.
 */
export function appendToLog(path: string, event: LogEvent): void {
  const line = new TextEncoder().encode(`${JSON.stringify(event)}\n`);
  let file;
  try {
    file = Deno.openSync(path, { read: true, append: true, create: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    Deno.mkdirSync(dirname(path), { recursive: true });
    file = Deno.openSync(path, { read: true, append: true, create: true });
  }
  try {
    const bytes = endsTorn(file) ? Uint8Array.of(10, ...line) : line;
    // The system appends what one call writes in one piece.
    if (file.writeSync(bytes) !== bytes.length) throw new Error("the disk took a part of a line");
  } finally {
    file.close();
  }
}

function endsTorn(file: Deno.FsFile): boolean {
  if (file.statSync().size === 0) return false;
  file.seekSync(-1, Deno.SeekMode.End);
  const last = new Uint8Array(1);
  file.readSync(last);
  return last[0] !== 10;
}

/**
 * Reads a log; lines that are no events are counted.
 *
 * @throws {RangeError} There is no such file.
 * @throws {Error} It may not be read.
 */
export async function readLog(path: string): Promise<ReadLog> {
  const events: LogEvent[] = [];
  let torn = 0;
  for (const line of (await textOf(path)).split("\n")) {
    if (line === "") continue;
    const event = parseLine(line);
    if (event === undefined) torn++;
    else events.push(event);
  }
  return { events, torn };
}

async function textOf(path: string): Promise<string> {
  const text = await readTextIfThere(path);
  if (text !== undefined) return text;
  throw new RangeError(
    `Cannot read the log "${path}": found no such file, want one of results/EXPERIMENT/tracking/PRESET/SETTING/*.jsonl`,
  );
}

function parseLine(line: string): LogEvent | undefined {
  try {
    const parsed = v.safeParse(LogEvent, JSON.parse(line));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** One training in one process: a resumed one goes on in a series of its own. */
export interface Series {
  readonly stage: string;
  /** Step that its process started from. */
  readonly start: number;
  /** Rows in the order of their steps, each step once: the last that was written counts. */
  readonly rows: readonly Readonly<Record<string, number>>[];
  /** Milliseconds since 1970 of each row. */
  readonly times: readonly number[];
  readonly isFinished: boolean;
}

/** The trainings of a log. */
export function seriesOf(events: readonly LogEvent[]): Series[] {
  const found = new Map<
    string,
    {
      stage: string;
      start: number;
      isFinished: boolean;
      rows: Map<number, [Record<string, number>, number]>;
    }
  >();
  let latest = new Map<string, string>();
  for (const event of events) {
    if (event.event === "run") latest = new Map();
    if (event.event !== "stage") continue;
    const { stage, state, step } = event;
    let key = latest.get(stage);
    if (key === undefined || state === "resumed") {
      key = `${stage}\n${found.size}`;
      latest.set(stage, key);
      const start = state === "resumed" || event.rows === undefined ? step : 0;
      found.set(key, { stage, start, isFinished: false, rows: new Map() });
    }
    const series = found.get(key)!;
    for (const row of event.rows ?? []) series.rows.set(row.step!, [row, Date.parse(event.time)]);
    if (state === "trained") series.isFinished = true;
  }
  return [...found.values()].filter(({ rows }) => rows.size > 0).map(({ rows, ...series }) => {
    const sorted = [...rows.entries()].sort(([a], [b]) => a - b).map(([, row]) => row);
    return { ...series, rows: sorted.map(([row]) => row), times: sorted.map(([, time]) => time) };
  });
}
