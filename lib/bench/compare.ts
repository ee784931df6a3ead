/** Compares a run with a stored one and names what became slower. */
import * as v from "valibot";
import { FiniteNumber, parseAs } from "../base/disk/files.ts";
import type { Machine } from "./machine.ts";
import { isDisturbed, type Row } from "./row.ts";

/** A run as `--save` writes it. */
export interface StoredRun {
  /** When it was taken, ISO 8601. */
  readonly time: string;
  readonly revision?: string;
  readonly machine: Machine;
  readonly rows: readonly Row[];
}

/**
 * A run with the rows of an earlier one that it lacks, each with the revision that it was measured at. Rows
 * of another machine or of other software are left out.
 */
export function joinRuns(earlier: StoredRun, now: StoredRun): StoredRun {
  if (!isSameMachine(earlier.machine, now.machine)) return now;
  const again = new Set(now.rows.map(({ work }) => work));
  const kept = earlier.rows.filter(({ work }) => !again.has(work))
    .map((row) => ({ revision: earlier.revision, ...row }));
  // What knows more of the machine: a run with a peer.
  const machine = now.machine.torch === undefined ? earlier.machine : now.machine;
  return { ...now, machine, rows: [...kept, ...now.rows] };
}

function isSameMachine(a: Machine, b: Machine): boolean {
  const isKnown = a.torch !== undefined && b.torch !== undefined;
  return (["cpu", "cores", "memory_gib", "device", "backend"] as const).every((key) =>
    a[key] === b[key]
  ) && (!isKnown || a.torch === b.torch);
}

/** A row that both runs have. */
export interface Change {
  readonly work: string;
  /** New time / old time after the machine's own speed was taken out. */
  readonly factor: number;
  /** What the speed was taken out by. */
  readonly by: string;
  readonly isSlower: boolean;
  /** Other processes disturbed one of the two: nothing is said about it. */
  readonly isDoubtful: boolean;
}

/** A loss from which a row is listed. */
const LOSS = 1.2;

/**
 * New over old time of each row that both runs have. Machines differ from hour to hour, so a time is
 * first multiplied by the rate of the matrix product that was measured beside it. Where both runs have
 * the peer, its ratio is a second witness, and the milder of the two counts: a change of ours shows in
 * both, a disturbance of the machine hardly ever does.
 */
export function compareRuns(old: StoredRun, now: StoredRun): Change[] {
  const before = new Map(old.rows.map((row) => [row.work, row]));
  return now.rows.flatMap((row) => {
    const earlier = before.get(row.work);
    if (earlier === undefined) return [];
    const peak = peakFactor(row, earlier);
    if (peak !== undefined) {
      return [{ work: row.work, ...peak, isSlower: peak.factor >= LOSS, isDoubtful: false }];
    }
    const witnesses: { factor: number; by: string }[] = [];
    if (row.matmul_gflops !== undefined && earlier.matmul_gflops !== undefined) {
      const factor = row.ours_ms * row.matmul_gflops / (earlier.ours_ms * earlier.matmul_gflops);
      witnesses.push({ factor, by: "matrix product" });
    }
    if (row.ratio_eager !== undefined && earlier.ratio_eager !== undefined) {
      witnesses.push({ factor: row.ratio_eager / earlier.ratio_eager, by: "PyTorch eager" });
    }
    if (witnesses.length === 0) {
      witnesses.push({ factor: row.ours_ms / earlier.ours_ms, by: "time alone" });
    }
    const { factor, by } = witnesses.reduce((mild, one) => one.factor < mild.factor ? one : mild);
    const isDoubtful = isDisturbed(row) || isDisturbed(earlier);
    return [{ work: row.work, factor, by, isSlower: !isDoubtful && factor >= LOSS, isDoubtful }];
  });
}

/** New over old peak of rows that measure memory: of the ratios, where both runs have the peer. */
function peakFactor(row: Row, earlier: Row): Pick<Change, "factor" | "by"> | undefined {
  if (row.ours_peak_mb === undefined || earlier.ours_peak_mb === undefined) return undefined;
  return row.ratio_peak !== undefined && earlier.ratio_peak !== undefined
    ? { factor: row.ratio_peak / earlier.ratio_peak, by: "PyTorch's peak" }
    : { factor: row.ours_peak_mb / earlier.ours_peak_mb, by: "peak alone" };
}

/**
 * The comparison as sentences, slower rows first.
 *
 * @throws {RangeError} The runs share no row.
 */
export function compareText(old: StoredRun, now: StoredRun): { text: string; isSlower: boolean } {
  const changes = compareRuns(old, now).sort((a, b) => b.factor - a.factor);
  if (changes.length === 0) {
    throw new RangeError("Cannot compare the runs: found no row in both, want at least one");
  }
  const slower = changes.filter((change) => change.isSlower);
  const doubtful = changes.filter((change) => change.isDoubtful);
  const faster = changes.filter(({ factor, isDoubtful }) => !isDoubtful && factor <= 1 / LOSS);
  const line = ({ work, factor, by }: Change) =>
    `  ${factor.toFixed(2)} times the stored ${
      /peak/.test(by) ? "memory" : "time"
    } (by ${by}): ${work}`;
  const isOther = old.machine.cpu !== now.machine.cpu || old.machine.cores !== now.machine.cores;
  const lines = [
    ...(isOther
      ? [
        `The stored run is from another machine (${old.machine.cpu}, ${old.machine.cores} cores): ` +
        "figures only compare roughly",
      ]
      : []),
    `${changes.length} rows compared with the run of ${old.time}: ${slower.length} slower, ` +
    `${faster.length} faster by 20 % or more`,
    ...slower.map(line),
    ...faster.map(line),
    ...(doubtful.length === 0 ? [] : [
      `${doubtful.length} rows are not judged, since other processes took part of the machine:`,
      ...doubtful.map(line),
    ]),
  ];
  return { text: lines.join("\n"), isSlower: slower.length > 0 };
}

/**
 * Reads a stored run.
 *
 * @throws {SyntaxError} The file holds something else.
 */
export async function readRun(path: string): Promise<StoredRun> {
  const run = parseAs(StoredRunSchema, await Deno.readTextFile(path), {
    task: `compare with "${path}"`,
    remedy: "want a file that --save has written",
  });
  return run as unknown as StoredRun;
}

/** What a comparison cannot do without. */
const StoredRunSchema = v.looseObject({
  time: v.string(),
  machine: v.looseObject({ cpu: v.string(), cores: FiniteNumber }),
  rows: v.array(v.looseObject({ work: v.string(), ours_ms: FiniteNumber })),
});
