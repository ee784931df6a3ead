/** Damaged files, one after the other, through a reader: what came of each, and what must not have. */
import { createHash } from "node:crypto";
import { residentBytes } from "../../base/memory.ts";
import { rngOf } from "../../base/rng.ts";
import { mutate } from "./mutate.ts";
import { type Sample, type Subject, writeFiles } from "./subject.ts";

/** Limits of one read. */
export interface Limits {
  /** Default: 20. */
  readonly seconds?: number;
  /** Memory that it may take beyond all reads before; default: 256 MiB. */
  readonly bytes?: number;
}

/** What a reader did that it must not. */
export interface Fault {
  readonly subject: string;
  readonly sample: string;
  /** Gives the same damage again with the seed; see {@link fuzzSubject}. */
  readonly input: number;
  /** The damage in words. */
  readonly how: string;
  /** What was wrong. */
  readonly what: string;
}

/** What came of all inputs of a subject. */
export interface FuzzReport {
  readonly inputs: number;
  /** Errors in words of ours that name the file. */
  readonly refused: number;
  /** Values, as of whole files or where no checksum can tell. */
  readonly read: number;
  readonly faults: readonly Fault[];
}

/** Which inputs. */
export interface FuzzOptions extends Limits {
  readonly seed: number;
  /** The first and the one after the last. */
  readonly from: number;
  readonly to: number;
  /** Is told of each input before it is read: if the process ends, this was it. */
  readonly onInput?: (input: number, how: string) => void;
}

/**
 * Reads inputs `from` … `to` − 1 of a subject; each is drawn from the seed and its own number only.
 *
 * @throws {Error} A whole file is not read.
 */
export async function fuzzSubject(subject: Subject, options: FuzzOptions): Promise<FuzzReport> {
  const { seed, from, to, seconds = 20, bytes: most = 2 ** 28, onInput } = options;
  const samples = await subject.samples();
  const whole = new Map<Sample, readonly string[]>();
  const faults: Fault[] = [];
  let [refused, read] = [0, 0];
  const folder = await Deno.makeTempDir();
  try {
    for (const sample of samples) {
      whole.set(sample, await readIn(folder, subject, sample.files));
    }
    for (let input = from; input < to; input++) {
      const rng = rngOf(seed, "fuzz", subject.name, input);
      const sample = samples[rng.integer(samples.length)]!;
      const names = sample.damaged ?? Object.keys(sample.files);
      const name = names[rng.integer(names.length)]!;
      const damaged = mutate(sample.files[name]!, rng);
      const isRepaired = sample.repair !== undefined && rng.integer(2) === 0;
      const content = isRepaired ? sample.repair!(damaged.bytes, name) : damaged.bytes;
      const how = `${name}: ${damaged.how}${isRepaired ? ", checksums made right" : ""}`;
      onInput?.(input, how);
      const [start, peak] = [performance.now(), residentBytes("VmHWM") ?? 0];
      let what: string | undefined;
      try {
        const value = await readIn(folder, subject, { ...sample.files, [name]: content });
        what = isRepaired ? undefined : flawOf(value, whole.get(sample)!, sample.value);
        read++;
      } catch (error) {
        what = flawOfError(error, [...names, ...subject.unit ? [subject.unit] : []]);
        refused++;
      }
      const taken = (performance.now() - start) / 1000;
      const grown = (residentBytes("VmHWM") ?? 0) - peak;
      if (taken > seconds) what = `it took ${taken.toFixed(1)} s`;
      if (grown > most) what = `it took ${Math.round(grown / 2 ** 20)} MiB`;
      if (what !== undefined) {
        faults.push({ subject: subject.name, sample: sample.name, input, how, what });
      }
    }
  } finally {
    subject.close?.();
    await Deno.remove(folder, { recursive: true });
  }
  return { inputs: to - from, refused, read, faults };
}

/** What a reader makes of files in a folder of their own, as hashes of its pieces. */
async function readIn(
  root: string,
  subject: Subject,
  files: Sample["files"],
): Promise<readonly string[]> {
  const folder = await Deno.makeTempDir({ dir: root });
  try {
    await writeFiles(folder, files);
    return (await subject.read(folder, files)).map((piece) =>
      createHash("sha256").update(
        typeof piece === "string"
          ? piece
          : new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength),
      ).digest("hex")
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What is wrong with a value, if anything. */
function flawOf(
  value: readonly string[],
  whole: readonly string[],
  wanted: Sample["value"],
): string | undefined {
  if (wanted === "any") return undefined;
  const isRight = wanted === "equal"
    ? value.length === whole.length && value.every((piece, i) => piece === whole[i])
    : value.every((piece) => whole.includes(piece));
  return isRight ? undefined : "it gave another value, though a checksum could tell";
}

/** What is wrong with an error, if anything: it must be worded by us, and name a file. */
export function flawOfError(error: unknown, names: readonly string[]): string | undefined {
  if (!(error instanceof Error)) return `it threw ${String(error)}`;
  const { name, message } = error;
  const isOurs = ["SyntaxError", "RangeError", "TypeError", "Error", "SetUpError"].includes(name) &&
    message.startsWith("Cannot ");
  const isNamed = names.some((one) => message.includes(one));
  if (isOurs && isNamed) return undefined;
  const why = isOurs ? "an error that names no file" : "an error that is not worded for people";
  return `${why}: ${name}: ${message.slice(0, 300)}`;
}
