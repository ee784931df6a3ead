/** One record a run, as JSON: what ran, on what, with which result. Tables are built from records alone. */
import { join } from "./path.ts";
import { writeAtomically } from "./safetensors.ts";
import { canonicalJson, shortHash } from "./store.ts";

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

/** A finished run. */
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
  /** The result, in `unit`. */
  readonly value: number;
  /** The data set at its setting, and the checksum of its bytes. */
  readonly data: { readonly name: string; readonly checksum: string };
  /** What computed it, where, in which version. */
  readonly backend: { readonly name: string; readonly device: string; readonly version: string };
  /** Of Deno and TensorFlow.js. */
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
}

/**
 * Writes a record under `<folder>/<experiment>/records/<preset>/`. The record of the same run with the same value
 * stays as it is: who looks a result up again did not make it.
 */
export async function writeRecord(folder: string, record: RunRecord): Promise<string> {
  const { experiment, preset, cell, seed, stages, specification } = record;
  const place = join(folder, experiment, "records", preset);
  await Deno.mkdir(place, { recursive: true });
  // Two specifications may share a stage, and each has its own table.
  const identity = await shortHash(
    canonicalJson({ experiment, preset, cell, seed, stages, specification }),
  );
  const words = [cell.setting, cell.student ?? cell.teacher ?? "", cell.method, `seed${seed}`];
  const name = words.join("_").replaceAll(/[^A-Za-z0-9_.-]+/g, "-");
  const path = join(place, `${name}_${identity}.json`);
  try {
    const earlier = JSON.parse(await Deno.readTextFile(path)) as RunRecord;
    if (earlier.value === record.value) return path;
  } catch (error) {
    const isReplaceable = error instanceof Deno.errors.NotFound || error instanceof SyntaxError;
    if (!isReplaceable) throw error;
  }
  const text = JSON.stringify(record, null, 1) + "\n";
  await writeAtomically(path, [new TextEncoder().encode(text)]);
  return path;
}

/**
 * Every record of an experiment at a preset, oldest first.
 *
 * @throws {SyntaxError} A file is not a record; names it.
 */
export async function readRecords(
  folder: string,
  experiment: string,
  preset: string,
): Promise<RunRecord[]> {
  const place = join(folder, experiment, "records", preset);
  const records: RunRecord[] = [];
  try {
    for await (const entry of Deno.readDir(place)) {
      if (!entry.name.endsWith(".json")) continue;
      const path = join(place, entry.name);
      try {
        records.push(JSON.parse(await Deno.readTextFile(path)) as RunRecord);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        throw new SyntaxError(`Cannot read record "${path}": ${error.message}; delete it`);
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return records.sort((a, b) => a.time < b.time ? -1 : 1);
}

/** Revision of the code that runs; "unknown" outside of a git checkout. */
export async function codeRevision(folder: string): Promise<string> {
  const git = async (...args: string[]) => {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["-C", folder, ...args],
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
