/** The rendered set on disk: one raw file, made on first use, and a stamp that tells whether it is whole. */
import { createHash } from "node:crypto";
import * as v from "valibot";
import {
  Count,
  Crc32,
  makeFolder,
  readIfFit,
  writeTextAtomically,
} from "../../../base/disk/files.ts";
import { join } from "../../../base/disk/path.ts";
import { countProgress, type ProgressSink } from "../../../base/progress.ts";
import { writeFileInPieces } from "../../files/disk_images.ts";
import { isUndamaged } from "../../files/hash.ts";
import { drawAllChairs } from "./draw_all.ts";
import { type ChairGrid, FULL_GRID } from "./grid.ts";
import { PICTURE_BYTES } from "./render.ts";

/** Goes up with every change to the pictures, so that files of older ones are drawn again. */
export const RENDERER_VERSION = 1;

/** SHA-256 of all bytes of the full grid in this version, on every machine. */
export const RENDERED_SHA256 = "30bdbf0691e0587f3f24b78ab98bba8e60bb5978b5052b66b32aa05821e9e34b";

/** The raw file: pictures [chairs, angles, 64, 64, 3], chair by chair, angles ascending. */
export interface RenderedFile {
  readonly path: string;
  /** Of all bytes of the file. */
  readonly sha256: string;
}

/** What `rendered.json` beside the pictures says. */
const StampSchema = v.object({
  version: Count,
  chairs: Count,
  tenths: v.array(Count),
  sha256: v.string(),
  crc32: v.optional(v.string()),
});

/** How the file is made. */
export interface RenderedFileOptions {
  readonly grid: ChairGrid;
  /** Called after each chair; default: a line on stderr at start and end. */
  readonly progress?: ProgressSink;
  /** Stops between two chairs; what is drawn so far is dropped. */
  readonly signal?: AbortSignal;
  /** Workers that draw; default: one per core. */
  readonly threads?: number;
}

/**
 * `rendered.u8` in a folder, drawn first where it is missing, not whole, damaged or from an older version. A killed drawing
 * leaves no file under that name and starts again from scratch: all of it takes half a minute on two cores.
 *
 * @throws {Error} The folder cannot be written or the disk is full; a full set needs 541 MB. Or this machine drew
 *   other bytes than `RENDERED_SHA256`.
 */
export async function renderedFile(
  folder: string,
  options: RenderedFileOptions,
): Promise<RenderedFile> {
  const path = join(folder, "rendered.u8");
  const found = await readStamp(folder, path, options.grid);
  if (found !== undefined) return { path, sha256: found };
  return { path, sha256: await draw(folder, path, options) };
}

/** The whole rendered set in a folder, as the loader would take it; undefined where it has to be drawn. */
export async function findRendered(folder: string): Promise<string | undefined> {
  const path = join(folder, "rendered.u8");
  return await readStamp(folder, path, FULL_GRID) === undefined ? undefined : path;
}

/** The checksum of a whole file of this grid; undefined when there is none. */
async function readStamp(
  folder: string,
  path: string,
  { chairs, tenths }: ChairGrid,
): Promise<string | undefined> {
  const size = (await Deno.stat(path).catch(() => undefined))?.size;
  if (size !== chairs * tenths.length * PICTURE_BYTES) return undefined;
  const stamp = await readIfFit(StampSchema, stampPath(folder));
  const isOurs = stamp?.version === RENDERER_VERSION && stamp.chairs === chairs &&
    stamp.tenths.join() === tenths.join();
  if (!isOurs || checkFullGrid({ chairs, tenths }, stamp.sha256) !== undefined) return undefined;
  return await isUndamaged(path, stamp) ? stamp.sha256 : undefined;
}

async function draw(
  folder: string,
  path: string,
  { grid, progress, signal, threads }: RenderedFileOptions,
): Promise<string> {
  const { chairs, tenths } = grid;
  await makeFolder(folder);
  // An older stamp must not vouch for the new pictures.
  await Deno.remove(stampPath(folder)).catch(() => undefined);
  const begin = performance.now();
  const seconds = () => (performance.now() - begin) / 1000;
  if (progress === undefined) {
    console.error(`Drawing ${chairs} chairs at ${tenths.length} angles into "${path}", once ...`);
  }
  const hash = createHash("sha256");
  const crc32 = new Crc32();
  const writer = writeFileInPieces(path);
  let sha256 = "";
  try {
    let step = 0;
    const report = countProgress("drawing chairs", progress);
    for await (const pictures of drawAllChairs(grid, threads)) {
      writer.append(pictures);
      hash.update(pictures);
      crc32.update(pictures);
      report(++step, chairs);
      if (step < chairs) signal?.throwIfAborted();
    }
    sha256 = hash.digest("hex");
    const problem = checkFullGrid(grid, sha256);
    if (problem !== undefined) throw new Error(problem);
    writer.finish();
  } finally {
    writer.discard();
  }
  const stamp = { version: RENDERER_VERSION, chairs, tenths, sha256, crc32: crc32.digest() };
  await writeTextAtomically(stampPath(folder), JSON.stringify(stamp));
  if (progress === undefined) console.error(`Drawn in ${seconds().toFixed(0)} s`);
  return sha256;
}

/**
 * Why a full set is not the one that everybody has; undefined where it is, and for other grids, whose checksum
 * nobody knows.
 */
export function checkFullGrid(grid: ChairGrid, sha256: string): string | undefined {
  const isFull = grid.chairs === FULL_GRID.chairs && grid.tenths.join() === FULL_GRID.tenths.join();
  if (!isFull || sha256 === RENDERED_SHA256) return undefined;
  return `Cannot use the chairs that this machine drew: found SHA-256 ${sha256}, want ` +
    `${RENDERED_SHA256}; draw them on another machine, or copy its data/rc49`;
}

function stampPath(folder: string): string {
  return join(folder, "rendered.json");
}
