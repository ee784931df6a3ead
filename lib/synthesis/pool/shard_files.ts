/** The files of a pool of fakes: pixels, draws, ratios, and an index with one line a finished label. */
import * as v from "valibot";
import type { ImageShape, LabelledImages, Task } from "../../base/contracts.ts";
import { Count, Crc32, FiniteNumber, parseAs } from "../../base/disk/files.ts";
import { join } from "../../base/disk/path.ts";
import { canonicalJson } from "../../base/disk/identity.ts";
import { openImageFile, readFully } from "../../data/files/disk_images.ts";
import type { LabelAcceptance } from "../subsample.ts";

/**
 * A finished pool. Close it when done.
 *
 * @internal
 */
export interface FakePoolOnDisk extends Disposable {
  /** Fakes with the labels that they were drawn for; pixels are read from disk one image at a time. */
  readonly set: LabelledImages;
  /** Addresses of the accepted draws (`AcceptedDraws`), in the order of `set`; absent without subsampling. */
  readonly draws?: Int32Array;
  /** φ of the fakes, in the order of `set`; absent without subsampling. */
  readonly acceptedRatios?: Float32Array;
  /** How many of `drawnRatios` each label has; absent without subsampling. */
  readonly evidence?: readonly number[];
  /** φ of fakes straight from the generator; absent without subsampling. */
  readonly drawnRatios?: Float32Array;
  /** One entry per label; absent without subsampling. */
  readonly acceptances?: readonly LabelAcceptance[];
  /** Some labels have no checksum: an older version wrote them. */
  readonly lacksChecksums?: true;
  close(): void;
}

/** First line of the index: what the folder holds. */
export interface Header {
  readonly identity: string;
  readonly perLabel: number;
  readonly labels: readonly number[];
}

const EntrySchema = v.looseObject({
  label: FiniteNumber,
  shape: v.object({ height: Count, width: Count, channels: Count }),
  accepted: Count,
  drawn: Count,
  acceptance: v.optional(v.looseObject({
    label: FiniteNumber,
    accepted: Count,
    drawn: Count,
    acceptanceRate: FiniteNumber,
    greatestRatio: FiniteNumber,
    burnInsRedrawn: Count,
  })),
  crc32: v.optional(v.string()),
});

/** Line of a finished label. */
export interface Entry {
  readonly label: number;
  readonly shape: ImageShape;
  /** Draws of the label, and floats in the file of ratios: accepted ones, then drawn ones. */
  readonly accepted: number;
  readonly drawn: number;
  readonly acceptance?: LabelAcceptance;
  /** Of the label's images, draws, ratios and of the line itself; older versions wrote none. */
  readonly crc32?: string;
}

/** The checksum of a label, whose bytes went into `content`: images, draws, accepted ratios, drawn ratios. */
export function checksumOf(content: Crc32, { crc32: _crc32, ...entry }: Entry): string {
  return content.update(canonicalJson(entry)).digest();
}

const REMEDY = "delete the folder to draw them again";

/** Names within the folder of a pool. */
export const FILES = {
  index: "index.jsonl",
  images: "images.u8",
  draws: "draws.i32",
  ratios: "ratios.f32",
};

const LINE_FEED = 10;

/** Bytes of images, draws and ratios that an index promises. */
export function promised(
  entries: readonly Entry[],
  perLabel: number,
): { readonly images: number; readonly draws: number; readonly ratios: number } {
  let [images, draws, ratios] = [0, 0, 0];
  for (const { shape, accepted, drawn } of entries) {
    images += perLabel * sizeOf(shape);
    draws += 4 * accepted;
    ratios += 4 * (accepted + drawn);
  }
  return { images, draws, ratios };
}

/** What is left of an index. */
export interface Index {
  readonly entries: Entry[];
  /** Bytes of its whole lines; 0 where there is no header yet. */
  readonly size: number;
}

/**
 * The index of a folder as far as its lines are whole.
 *
 * @throws {RangeError} The folder holds another pool, or less than its index promises.
 */
export function readIndex(folder: string, header: Header): Index {
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(join(folder, FILES.index));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { entries: [], size: 0 };
    throw error;
  }
  const whole = wholeLines(bytes);
  if (whole.length === 0) return { entries: [], size: 0 };
  const [first, ...lines] = new TextDecoder().decode(whole).trimEnd().split("\n");
  if (first !== JSON.stringify(header)) {
    throw new RangeError(
      `Cannot continue the pool "${folder}": it holds fakes of another generator, other labels or ` +
        "another number for each label; delete the folder to start again",
    );
  }
  const entries = parseEntries(lines, folder, header);
  const size = (name: string) => {
    try {
      return Deno.statSync(join(folder, name)).size;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return 0;
      throw error;
    }
  };
  if (entries.length > 0) {
    const { images, draws, ratios } = promised(entries, header.perLabel);
    const wanted = [[FILES.images, images], [FILES.draws, draws], [FILES.ratios, ratios]] as const;
    for (const [name, bytes] of wanted) {
      if (size(name) >= bytes) continue;
      throw new RangeError(
        `Cannot continue the pool "${folder}": its index promises ${bytes} bytes in "${name}", found ` +
          `${size(name)}; delete the folder to start again`,
      );
    }
  }
  return { entries, size: whole.length };
}

/**
 * The bytes of the lines that were written to their end. A kill may have cut off the last one, and a loss of power may
 * have left zeros in it: each line was flushed before the next, so no other can be torn.
 */
function wholeLines(bytes: Uint8Array): Uint8Array {
  const whole = bytes.subarray(0, bytes.lastIndexOf(LINE_FEED) + 1);
  const start = whole.subarray(0, -1).lastIndexOf(LINE_FEED) + 1;
  try {
    JSON.parse(new TextDecoder().decode(whole.subarray(start)));
    return whole;
  } catch {
    return whole.subarray(0, start);
  }
}

function parseEntries(lines: readonly string[], folder: string, { labels }: Header): Entry[] {
  const index = join(folder, FILES.index);
  const entries: Entry[] = [];
  for (const [k, line] of lines.entries()) {
    const task = `use the pool "${folder}" (line ${k + 2} of "${index}")`;
    const entry = parseAs(EntrySchema, line, { task, remedy: REMEDY });
    const shape = entries[0]?.shape ?? entry.shape;
    if (entry.label !== labels[k] || sidesOf(entry.shape) !== sidesOf(shape)) {
      throw new SyntaxError(
        `Cannot ${task}: found label ${entry.label} of ${sidesOf(entry.shape)}, want ` +
          `${labels[k] ?? "no more labels"} of ${sidesOf(shape)}; ${REMEDY}`,
      );
    }
    entries.push(entry);
  }
  return entries;
}

/**
 * Opens a finished pool and compares its checksums.
 *
 * @throws {SyntaxError} Pixels, draws or ratios changed since they were written; names label and folder.
 */
export function readPool(
  folder: string,
  { task, perLabel, entries }: { task: Task; perLabel: number; entries: readonly Entry[] },
): FakePoolOnDisk {
  const count = entries.length * perLabel;
  const labels = new Float32Array(count);
  for (const [k, { label }] of entries.entries()) {
    labels.fill(label, k * perLabel, (k + 1) * perLabel);
  }
  const total = (pick: (entry: Entry) => number) =>
    entries.reduce((sum, entry) => sum + pick(entry), 0);
  const draws = new Int32Array(total(({ accepted }) => accepted));
  const acceptedRatios = new Float32Array(draws.length);
  const drawnRatios = new Float32Array(total(({ drawn }) => drawn));
  {
    using file = Deno.openSync(join(folder, FILES.draws), { read: true });
    readFully(file, new Uint8Array(draws.buffer), FILES.draws);
  }
  checkContents(folder, perLabel, entries);
  using file = Deno.openSync(join(folder, FILES.ratios), { read: true });
  let [accepted, drawn] = [0, 0];
  for (const entry of entries) {
    const take = (from: Float32Array, start: number, length: number) =>
      readFully(file, new Uint8Array(from.buffer, 4 * start, 4 * length), FILES.ratios);
    take(acceptedRatios, accepted, entry.accepted);
    take(drawnRatios, drawn, entry.drawn);
    accepted += entry.accepted;
    drawn += entry.drawn;
  }
  const acceptances = entries.flatMap(({ acceptance }) => acceptance ?? []);
  const images = openImageFile(join(folder, FILES.images), entries[0]!.shape, count);
  return {
    set: { images, labels, task, origin: "fake" },
    ...(draws.length > 0 && {
      draws,
      acceptedRatios,
      evidence: entries.map(({ drawn }) => drawn),
    }),
    ...(drawnRatios.length > 0 && { drawnRatios }),
    ...(acceptances.length > 0 && { acceptances }),
    ...(entries.some(({ crc32 }) => crc32 === undefined) && { lacksChecksums: true }),
    close: () => images.close(),
    [Symbol.dispose]: () => images.close(),
  };
}

/** Bytes of a label that are read at once. */
const CHUNK = 1 << 22;

/** Reads every byte of the pool, about a gigabyte a second: the checksum is faster than the disk. */
function checkContents(folder: string, perLabel: number, entries: readonly Entry[]): void {
  const open = (name: string) => Deno.openSync(join(folder, name), { read: true });
  using images = open(FILES.images);
  using draws = open(FILES.draws);
  using ratios = open(FILES.ratios);
  const buffer = new Uint8Array(CHUNK);
  const take = (file: Deno.FsFile, size: number, checksum: Crc32) => {
    for (let left = size; left > 0;) {
      const part = buffer.subarray(0, Math.min(left, CHUNK));
      readFully(file, part, folder);
      checksum.update(part);
      left -= part.length;
    }
  };
  for (const entry of entries) {
    const checksum = new Crc32();
    take(images, perLabel * sizeOf(entry.shape), checksum);
    take(draws, 4 * entry.accepted, checksum);
    take(ratios, 4 * (entry.accepted + entry.drawn), checksum);
    if (entry.crc32 === undefined) continue;
    const found = checksumOf(checksum, entry);
    if (found === entry.crc32) continue;
    throw new SyntaxError(
      `Cannot use the pool "${folder}": found checksum ${found} of label ${entry.label}, want ` +
        `${entry.crc32}; ${REMEDY}`,
    );
  }
}

/** Sides of an image in words. */
export function sidesOf({ height, width, channels }: ImageShape): string {
  return `${height} x ${width} x ${channels}`;
}

/** Bytes of an image. */
export function sizeOf({ height, width, channels }: ImageShape): number {
  return height * width * channels;
}
