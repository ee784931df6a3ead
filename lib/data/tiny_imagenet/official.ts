/** Tiny-ImageNet from its folder or its zip: every JPEG decoded once, in parallel. */
import { countProgress } from "../../base/progress.ts";
import type { LoaderWatch } from "../loader.ts";
import { decodeImage, imageKind } from "../files/any_image.ts";
import { type Archive, openFolder, openZip } from "../files/archive.ts";
import { decodeAll } from "../files/decode_all.ts";
import type { JpegDecoder } from "../files/jpeg.ts";
import { type Prepared, prepareImages } from "../files/prepared.ts";
import { flawOfFile, type LeftOut, refuseBroken } from "../files/skipped.ts";
import { type SetNotes, SetNotesSchema, SHAPE } from "./images.ts";
import { type Layout, type ListedImage, listImages } from "./layout.ts";

/** Raised when lists, decoding or the order change their outcome. */
const VERSION = "1";

/** Which images are wanted, and how. */
export interface OfficialOptions extends LoaderWatch {
  /** Of the folder or the zip. */
  readonly path: string;
  readonly form: "folder" | "zip";
  /** The folder of prepared files. */
  readonly cache: string;
  readonly classes?: number;
  readonly grey: "drop" | "convert";
  readonly broken: "stop" | "skip";
  /** Threads that decode; default: one per core, at most 8. */
  readonly threads?: number;
}

/**
 * Opens the prepared images of a folder or a zip; decodes them where that has not been done. The prepared file belongs
 * to the names, sizes and times of the files in use, or to the size and time of the zip, so a changed set gets a new one.
 *
 * @throws {SyntaxError} A zip that is cut short, or leads out of itself.
 * @throws {RangeError} Lists are missing, or files cannot be used and `broken` is "stop".
 */
export async function readOfficial(options: OfficialOptions): Promise<Prepared<SetNotes>> {
  const { path, form, cache, classes, grey, broken } = options;
  const place = { cache, name: "tiny_imagenet", shape: SHAPE, notes: SetNotesSchema };
  const rules = [VERSION, grey, broken, `${classes ?? "all"}`];
  if (form === "zip") {
    const { size, mtime } = await Deno.stat(path);
    return await prepareImages<SetNotes>({
      ...place,
      identity: [...rules, `zip ${size}/${mtime?.getTime()}`],
      // Its list of contents takes seconds, and is read only where the images are.
      async make(append) {
        using archive = openZip(path);
        return await decode(
          { archive, layout: await listImages(archive, classes) },
          options,
          append,
        );
      },
    });
  }
  using archive = await openFolder(path);
  const layout = await listImages(archive, classes);
  const { train, val, classNames } = layout;
  const stampOf = ({ name, label }: ListedImage) =>
    `${name}/${label}/${archive.files.get(name)!.stamp}`;
  return await prepareImages<SetNotes>({
    ...place,
    identity: [
      ...rules,
      JSON.stringify(classNames),
      JSON.stringify(layout.leftOut),
      `${train.length}`,
      ...[...train, ...val].map(stampOf),
    ],
    make: (append) => decode({ archive, layout }, options, append),
  });
}

/** Decodes all images that are listed, in their order. */
async function decode(
  { archive, layout }: { readonly archive: Archive; readonly layout: Layout },
  options: OfficialOptions,
  append: (pixels: Uint8Array) => void,
): Promise<SetNotes> {
  const { train, val, classNames } = layout;
  const listed = [...train, ...val];
  const leftOut: LeftOut[] = [...layout.leftOut];
  const labels: number[] = [];
  let [trainCount, renamed, place] = [0, 0, 0];
  const work = (image: ListedImage, decoder: JpegDecoder) =>
    judge(image, { archive, decoder, grey: options.grey });
  const report = countProgress("Tiny-ImageNet: decoding images", options.progress);
  for await (const result of decodeAll(listed, work, { ...options, report })) {
    const { name, label } = listed[place]!;
    if ("pixels" in result) {
      append(result.pixels);
      labels.push(label);
      if (place < train.length) trainCount++;
      if (result.isRenamed) renamed++;
    } else leftOut.push({ name, ...result });
    place++;
  }
  if (options.broken === "stop") {
    refuseBroken("Tiny-ImageNet", leftOut.filter(({ rule }) => rule !== GREY));
  }
  const found = listed.length + layout.leftOut.length;
  return { classNames: [...classNames], labels, trainCount, found, leftOut, renamed };
}

const GREY = "greyscale";

/** What became of an image. */
type Judged =
  | { readonly pixels: Uint8Array; readonly isRenamed: boolean }
  | Omit<LeftOut, "name">;

async function judge(
  { name }: ListedImage,
  { archive, decoder, grey }: { archive: Archive; decoder: JpegDecoder; grey: "drop" | "convert" },
): Promise<Judged> {
  try {
    const bytes = await archive.read(name);
    const kind = imageKind(bytes);
    if (kind?.isGrey && grey === "drop") return { rule: GREY, detail: "" };
    const { width, height, pixels } = await decodeImage(bytes, { name, decoder });
    if (width !== SHAPE.width || height !== SHAPE.height) {
      return {
        rule: "wrong size",
        detail: `${width} x ${height} pixels, want ${SHAPE.width} x ${SHAPE.height}`,
      };
    }
    return { pixels, isRenamed: kind?.format === "PNG" };
  } catch (error) {
    const detail = flawOfFile(error);
    if (detail === undefined) throw error;
    return { rule: "undecodable", detail };
  }
}
