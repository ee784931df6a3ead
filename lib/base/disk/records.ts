/** One record per run, as JSON: what ran, on what, with which result. Tables are built only from records. */
import * as v from "valibot";
import { findNonFinite } from "../check.ts";
import {
  Count,
  FiniteNumber,
  makeFolder,
  parseAs,
  readTextIfThere,
  writeTextAtomically,
} from "./files.ts";
import type { Circumstances } from "../../native/tensorflow/circumstances.ts";
import { basename, join } from "./path.ts";
import { type OnDamaged, readRecordFolder } from "./record_folder.ts";
import { canonicalJson, shortHash } from "./identity.ts";

/** The cell of a table that a run fills. */
export interface Cell {
  /** For instance "CIFAR-10". */
  readonly dataset: string;
  /** For instance "C-10K". */
  readonly setting: string;
  /** The teacher of the row as the paper prints it; absent where no teacher takes part. */
  readonly teacher?: string;
  /** The student as the paper prints it; absent for a teacher's own result. */
  readonly student?: string;
  /** For instance "NOKD", "BLKD", "cGAN-KD", "cGAN-KD+BLKD"; "teacher" for a teacher's own result. */
  readonly method: string;
}

/** A run that came to an end: with a result, or because its training went wrong. */
export interface RunRecord {
  /** Name of the experiment, for instance "cifar10". */
  readonly experiment: string;
  /** Results of different presets never share a table. */
  readonly preset: string;
  /** The cell of the table. */
  readonly cell: Cell;
  /** Of the student. */
  readonly seed: number;
  /** For instance "error_rate_pct"; of the last epoch, on the test set. */
  readonly metric: string;
  /** Of `value`, for instance "percent". */
  readonly unit: string;
  /** The result, in `unit`; absent where the run failed. */
  readonly value?: number;
  /** Of the student: its weights, and multiply-adds for one image; absent in records of older versions. */
  readonly size?: { readonly weights: number; readonly multiplyAdds: number };
  /**
   * Images that the student took in a second right after its training, and where; absent in records of older versions
   * and of what failed.
   */
  readonly speed?: RecordedSpeed;
  /** Why there is no result: what stopped being a number, and where. */
  readonly failure?: string;
  /** The data set at its setting, and the checksum of its bytes. */
  readonly data: { readonly name: string; readonly checksum: string };
  /** What computed it, where, in which version. */
  readonly backend: { readonly name: string; readonly device: string; readonly version: string };
  /** Where; absent in records of older versions. */
  readonly circumstances?: Circumstances;
  /** Of Deno, its engine V8 and TensorFlow.js; records of older versions do not name V8. */
  readonly versions: Readonly<Record<string, string>>;
  /** Seconds of training, over all processes that took part. */
  readonly wallSeconds: number;
  /** Git revision of the code, with "+changes" where files differed from it. */
  readonly revision: string;
  /** Identities of the stage results that went in. */
  readonly stages: Readonly<Record<string, string>>;
  /** Hash of what all cells of a run at this setting have in common, overrides included. */
  readonly specification: string;
  /** Hash of what the student was trained by and on, its seed left out: what the seeds of a table's row share. */
  readonly recipe: string;
  /** What was changed of the preset, as on the command line; absent where nothing was. */
  readonly changes?: Readonly<Record<string, string>>;
  /** When it ran, ISO 8601. */
  readonly time: string;
  /** The last time that it was trained again, with an equal result; absent where it never was. */
  readonly confirmed?: Confirmation;
}

/** How fast a network answered, and where: speeds of other places do not compare. */
export interface RecordedSpeed {
  /** In inference, one batch after the other, from normalised pixels to outputs. */
  readonly imagesPerSecond: number;
  /** Device, processor, threads, backend and size of the batches. */
  readonly where: string;
}

/** A later training of the same run, with an equal result. */
export interface Confirmation {
  /** When it ran, ISO 8601. */
  readonly time: string;
  /** As in a record. */
  readonly revision: string;
  /** As in a record. */
  readonly wallSeconds: number;
  /** As in a record. */
  readonly speed?: RecordedSpeed;
}

/** A run with a result. */
export type FinishedRecord = RunRecord & { readonly value: number };

/** Whether a run has a result. */
export function isFinished(record: RunRecord): record is FinishedRecord {
  return record.value !== undefined;
}

const Texts = v.record(v.string(), v.string());
const Speed = v.object({ imagesPerSecond: FiniteNumber, where: v.string() });
const Stored = v.looseObject({
  experiment: v.string(),
  preset: v.string(),
  cell: v.looseObject({
    dataset: v.string(),
    setting: v.string(),
    teacher: v.optional(v.string()),
    student: v.optional(v.string()),
    method: v.string(),
  }),
  seed: FiniteNumber,
  metric: v.string(),
  unit: v.string(),
  // What JSON makes of NaN: versions before November 2026 wrote it.
  value: v.nullish(FiniteNumber),
  failure: v.optional(v.string()),
  size: v.optional(v.object({ weights: Count, multiplyAdds: Count })),
  speed: v.optional(Speed),
  data: v.looseObject({ name: v.string(), checksum: v.string() }),
  backend: v.looseObject({ name: v.string(), device: v.string(), version: v.string() }),
  circumstances: v.optional(v.looseObject({
    processor: v.string(),
    features: v.array(v.string()),
    threads: v.string(),
    kernels: v.string(),
  })),
  versions: Texts,
  wallSeconds: FiniteNumber,
  revision: v.string(),
  stages: Texts,
  specification: v.string(),
  recipe: v.string(),
  changes: v.optional(Texts),
  time: v.pipe(v.string(), v.isoTimestamp("a time in ISO 8601")),
  confirmed: v.optional(v.looseObject({
    time: v.pipe(v.string(), v.isoTimestamp("a time in ISO 8601")),
    revision: v.string(),
    wallSeconds: FiniteNumber,
    speed: v.optional(Speed),
  })),
  /** Of all else; records of older versions have none. */
  checksum: v.optional(v.string()),
});

/**
 * Writes a record under `<folder>/<experiment>/records/<preset>/`. The record of the same run with the same value
 * stays as it is: who looks a result up again did not make it, and need not be allowed to write. Who trained it again,
 * which took another time to the last digit, confirms it: both dates are kept.
 *
 * @throws {RangeError} A number is not finite, or there is neither a result nor a reason why; names run and seed.
 */
export async function writeRecord(folder: string, record: RunRecord): Promise<string> {
  checkRecord(record);
  const { experiment, preset, cell, seed } = record;
  const place = join(folder, experiment, "records", preset);
  const words = [cell.setting, cell.student ?? cell.teacher ?? "", cell.method, `seed${seed}`];
  const name = words.join("_").replaceAll(/[^A-Za-z0-9_.-]+/g, "-");
  const path = join(place, `${name}_${await identityOf(record)}.json`);
  const earlier = await readTextIfThere(path);
  let kept = record;
  if (earlier !== undefined) {
    try {
      const before = await parseRecord(earlier, path);
      if (before.value === record.value && before.failure === record.failure) {
        const { time, revision, wallSeconds, speed } = record;
        const isKnown = [before.wallSeconds, before.confirmed?.wallSeconds].includes(wallSeconds);
        if (isKnown || record.value === undefined) return path;
        kept = { ...before, confirmed: { time, revision, wallSeconds, ...(speed && { speed }) } };
      }
    } catch (error) {
      // A damaged record gives way to this one.
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  await makeFolder(place);
  const checksum = await shortHash(canonicalJson(kept));
  await writeTextAtomically(path, JSON.stringify({ ...kept, checksum }, null, 1) + "\n");
  return path;
}

/** Two specifications may share a stage, and each has its own table. */
function identityOf(
  { experiment, preset, cell, seed, stages, specification }: RunRecord,
): Promise<string> {
  return shortHash(canonicalJson({ experiment, preset, cell, seed, stages, specification }));
}

function checkRecord(record: RunRecord): void {
  const { cell, seed, value, failure, stages } = record;
  const run = `${
    cell.student ?? cell.teacher
  }, ${cell.method}, on ${cell.setting} with seed ${seed}`;
  const found = findNonFinite(record);
  if (found !== undefined) {
    throw new RangeError(
      `Cannot write the record of ${run} (stage ${stages.student ?? "unknown"}): found ` +
        `${found.place} = ${found.value}, want a finite number`,
    );
  }
  if ((value === undefined) === (failure === undefined)) {
    throw new RangeError(
      `Cannot write the record of ${run}: found ${
        value === undefined ? "neither" : "both"
      }, want ` +
        "a value or the reason of its failure",
    );
  }
}

/**
 * A record, checked.
 *
 * @throws {SyntaxError} It is none, was changed since it was written, or is another run's than its name says.
 */
async function parseRecord(text: string, path: string): Promise<RunRecord> {
  const purpose = { task: `read record "${path}"`, remedy: "delete it and run again" };
  const { checksum, value, ...rest } = parseAs(Stored, text, purpose);
  const hasNoNumber = value === null || value === undefined;
  const failure = rest.failure ?? "its result is not a number";
  const record: RunRecord = hasNoNumber ? { ...rest, failure } : { ...rest, value };
  const damaged = (why: string) =>
    new SyntaxError(`Cannot ${purpose.task}: ${why}; ${purpose.remedy}`);
  if (!basename(path).endsWith(`_${await identityOf(record)}.json`)) {
    throw damaged("found the record of another run than its name says");
  }
  if (checksum !== undefined) {
    const found = await shortHash(canonicalJson({ ...rest, value }));
    if (found !== checksum) throw damaged(`found checksum ${found}, want ${checksum}`);
  }
  return record;
}

/**
 * One record.
 *
 * @throws {SyntaxError} The file is no record, or damaged; names it.
 */
export async function readRecord(path: string): Promise<RunRecord> {
  return await parseRecord(await Deno.readTextFile(path), path);
}

/**
 * Every record of an experiment at a preset, oldest first.
 *
 * @param onDamaged Is told of each file that is no record, which is then left out; default: throws.
 * @throws {SyntaxError} A file is not a record, or damaged; names it.
 */
export function readRecords(
  folder: string,
  experiment: string,
  preset: string,
  onDamaged?: OnDamaged,
): Promise<RunRecord[]> {
  return readRecordFolder(join(folder, experiment, "records", preset), readRecord, onDamaged);
}

/** Revision of the code that runs; "unknown" outside of a git checkout. */
export async function codeRevision(folder: string): Promise<string> {
  const git = async (...args: string[]) => {
    const { success, stdout } = await new Deno.Command("git", {
      // Without the flag `git status` writes the index, under a lock that the user's own git may want.
      args: ["--no-optional-locks", "-C", folder, ...args],
      stderr: "null",
    }).output();
    if (!success) throw new Error("git failed");
    return new TextDecoder().decode(stdout).trim();
  };
  try {
    const revision = await git("rev-parse", "--short=12", "HEAD");
    const changes = await git("status", "--porcelain", "--", "lib", "deno.json");
    return changes === "" ? revision : `${revision}+changes`;
  } catch {
    return "unknown";
  }
}
