/** What `--growth` prints, and what it complains about. */
import { DataTable } from "../../report/data_table.ts";
import { type GrowthKind, IMAGE_BYTES, type PartGrowth } from "./parts.ts";

/** What sets of one size took. */
export interface SizeGrowth {
  readonly images: number;
  readonly parts: readonly PartGrowth[];
}

/** Time per image may grow by this factor from one size to the next. */
const TIME_GROWTH = 1.3;
/** Parts that are shorter at the smaller size say nothing about growth. */
const LEAST_SECONDS = 0.3;
/**
 * Bytes per image that memory may grow by: forty numbers of four bytes. Labels, draws, ratios, scores, opinions
 * and positions are needed; all of them together are a twentieth of an image of 3,072 bytes.
 */
export const BYTES_AN_IMAGE = 160;
/** Memory that comes and goes with the collection of garbage, in bytes. */
export const LOOSE_BYTES = 128 * 2 ** 20;

/** Bytes per image that must lie in memory: real sets do, fakes stay on disk. */
function heldBytes(kind: GrowthKind): number {
  return kind === "real" ? IMAGE_BYTES : 0;
}

/** Processor time, which other work on the machine and the disk hardly touch; else time on the clock. */
function timeOf({ seconds, processorSeconds = seconds }: PartGrowth): number {
  return processorSeconds;
}

/**
 * What grew too fast from one size to the next: the time of an image by more than 30 %, or memory by more than
 * `BYTES_AN_IMAGE` beside the images that must lie there.
 */
export function growthVerdict(kind: GrowthKind, sizes: readonly SizeGrowth[]): string[] {
  const complaints: string[] = [];
  for (const [i, large] of sizes.entries()) {
    const small = sizes[i - 1];
    if (small === undefined) continue;
    const more = large.images - small.images;
    for (const part of large.parts) {
      const before = small.parts.find(({ part: name }) => name === part.part);
      if (before === undefined) continue;
      const growth = timeOf(part) / large.images / (timeOf(before) / small.images);
      if (timeOf(before) >= LEAST_SECONDS && growth > TIME_GROWTH) {
        complaints.push(
          `${part.part} takes ${
            growth.toFixed(2)
          } times as long for each image at ${large.images} ` +
            `images as at ${small.images}: want at most ${TIME_GROWTH}`,
        );
      }
      if (part.peakBytes === undefined || before.peakBytes === undefined) continue;
      const bytes = part.peakBytes - before.peakBytes - more * heldBytes(kind);
      if (bytes > more * BYTES_AN_IMAGE + LOOSE_BYTES) {
        complaints.push(
          `${part.part} needs ${Math.round(bytes / more)} bytes for each image more from ` +
            `${small.images} to ${large.images} images: want at most ${BYTES_AN_IMAGE}`,
        );
      }
    }
  }
  return complaints;
}

/** Microseconds per image and peak megabytes, one row per part. */
export function growthTable(kind: GrowthKind, sizes: readonly SizeGrowth[]): DataTable {
  const parts = (sizes[0]?.parts ?? []).filter(({ part }) => part !== "closing");
  const columns = sizes.flatMap(({ images }) => [
    { key: `clock${images}`, title: `${images}: µs`, digits: 1 },
    { key: `time${images}`, title: "CPU µs", digits: 1 },
    { key: `peak${images}`, title: "peak MB", digits: 0 },
  ]);
  const rows = parts.map(({ part }) => {
    const row: Record<string, string | number | undefined> = { part };
    for (const { images, parts } of sizes) {
      const found = parts.find(({ part: name }) => name === part)!;
      row[`clock${images}`] = 1e6 * found.seconds / images;
      row[`time${images}`] = found.processorSeconds === undefined
        ? undefined
        : 1e6 * found.processorSeconds / images;
      row[`peak${images}`] = found.peakBytes === undefined ? undefined : found.peakBytes / 1e6;
    }
    return row;
  });
  return DataTable.of({
    title: kind === "fakes"
      ? "growth with the fakes of the pool, 32 x 32, on disk"
      : "growth with the real images, 32 x 32, in memory",
    columns: [{ key: "part", title: "part" }, ...columns],
    rows,
    notes: [
      "Time for each image of the pool or set; memory above that of the idle process.",
    ],
  });
}
