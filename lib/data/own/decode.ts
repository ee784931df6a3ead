/** Image files of a user in one prepared file: any size and mode, brought to one size. */
import * as v from "valibot";
import { basename, join } from "../../base/disk/path.ts";
import { countProgress } from "../../base/progress.ts";
import { preparedFolder } from "../../setup/folders.ts";
import { decodeImage } from "../files/any_image.ts";
import { type Archive, openFolder, openZip } from "../files/archive.ts";
import { decodeAll } from "../files/decode_all.ts";
import type { JpegDecoder } from "../files/jpeg.ts";
import { type Prepared, prepareImages } from "../files/prepared.ts";
import { type Fit, resizeImage } from "../files/resize.ts";
import { flawOfFile, type LeftOut, LeftOutSchema, refuseBroken } from "../files/skipped.ts";
import type { LoaderWatch } from "../loader.ts";
import { named } from "./found.ts";

/** What is kept beside the pixels. */
const NotesSchema = v.object({
  /** Places of the files that were decoded, among those that were asked for. */
  kept: v.array(v.number()),
  /** The others. */
  leftOut: LeftOutSchema,
});

/** What is kept beside the pixels. */
type DecodedNotes = v.InferOutput<typeof NotesSchema>;

/** Where prepared files lie, and how many threads make them. */
export interface DecodeSettings extends LoaderWatch {
  /** The folder of prepared files; default: `data/own_images/` of the project. */
  readonly cache?: string;
  /** Threads that decode; default: one per core, at most 8. */
  readonly threads?: number;
}

/** The files, and what becomes of them. */
export interface DecodeRequest extends DecodeSettings {
  readonly archive: Archive;
  /** In the order of the result. */
  readonly names: readonly string[];
  readonly size: number;
  readonly fit: Fit;
  /** "stop" refuses files that cannot be decoded, with those of `missing`. */
  readonly broken: "stop" | "skip";
  /** Files that are wanted, and not there or of another format. */
  readonly missing?: readonly LeftOut[];
}

/** Names of files that are taken for images. */
export const IMAGE_NAME = /\.(jpe?g|png)$/i;

/** Reason of the rule by which files are left out here. */
export const UNDECODABLE = { undecodable: "neither a whole JPEG nor a whole PNG" } as const;

/** Raised when decoding, sizes or the order change their outcome. */
const VERSION = "3";

/**
 * The folder or the zip that a user named.
 *
 * @param want What is said where the path is of another file.
 * @throws {Deno.errors.NotFound} There is none of this name.
 * @throws {RangeError} A file that is no zip.
 * @throws {Error} It may not be read.
 * @throws {SyntaxError} A zip that is damaged.
 */
export function openImages(
  path: string,
  want = "a folder of images, or a zip of one",
): Promise<Archive> {
  return named(path, async () => {
    const { isDirectory } = await Deno.stat(path);
    if (isDirectory) return await openFolder(path);
    if (path.toLowerCase().endsWith(".zip")) return openZip(path);
    throw new RangeError(
      `Cannot open "${path}": found a file that is no zip, want ${want}`,
    );
  });
}

/** The folder of prepared files where nobody names another. */
export function ownCache(): string {
  return join(preparedFolder(), "own_images");
}

/**
 * Decodes the files into one raw file at the first use; later ones look at names, sizes and times only. The same files
 * give the same bytes from a folder and from a zip.
 *
 * @throws {RangeError} Files that cannot be used, named and counted, unless they may be skipped.
 */
export async function decodeFiles(request: DecodeRequest): Promise<Prepared<DecodedNotes>> {
  const { archive, names, size, fit, broken, missing = [] } = request;
  const { cache = ownCache(), threads, progress, signal } = request;
  return await prepareImages<DecodedNotes>({
    cache,
    name: "own_images",
    identity: [
      VERSION,
      `${size} ${fit} ${broken}`,
      // An earlier use may have skipped them.
      JSON.stringify(missing),
      ...names.map((name) => `${name}/${archive.files.get(name)!.stamp}`),
    ],
    shape: { height: size, width: size, channels: 3 },
    notes: NotesSchema,
    async make(append) {
      const [kept, leftOut]: [number[], LeftOut[]] = [[], []];
      const report = countProgress(`${basename(archive.path)}: decoding images`, progress);
      const work = (name: string, decoder: JpegDecoder) =>
        readImage(archive, name, { size, fit }, decoder);
      let place = 0;
      for await (const read of decodeAll(names, work, { threads, signal, report })) {
        if (read instanceof Uint8Array) {
          append(read);
          kept.push(place);
        } else leftOut.push({ name: names[place]!, rule: "undecodable", detail: read });
        place++;
      }
      if (broken === "stop") refuseBroken(`"${archive.path}"`, [...missing, ...leftOut]);
      return { kept, leftOut };
    },
  });
}

/** Pixels in the wanted size, or what is wrong with the file. */
async function readImage(
  archive: Archive,
  name: string,
  { size, fit }: { readonly size: number; readonly fit: Fit },
  decoder: JpegDecoder,
): Promise<Uint8Array | string> {
  try {
    const image = await decodeImage(await archive.read(name), { name, decoder });
    return resizeImage(image, { width: size, height: size, fit });
  } catch (error) {
    const flaw = flawOfFile(error);
    if (flaw === undefined) throw error;
    return flaw;
  }
}
