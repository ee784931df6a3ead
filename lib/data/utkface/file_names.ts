/** The faces of UTKFace as files: their names, the rules by which files are skipped, and their bytes. */
import { type ImageShape } from "../../base/contracts.ts";
import { basename, join } from "../../base/disk/path.ts";
import { sha256Of } from "../files/hash.ts";
import type { JpegDecoder } from "../files/jpeg.ts";
import { decodePng, isPng } from "../files/image_file.ts";
import { isImageName, listFaceNames } from "./find.ts";
import { resizeImage } from "../files/resize.ts";

/** Youngest and oldest age that is used, in years (method specification 1.5). */
export const AGES = { minimum: 1, maximum: 60 } as const;
/** Height and width of the official files. */
const FILE_SIZE = 200;
/** Shape of every image after the reduction. */
export const FACE_SHAPE: ImageShape = { height: 64, width: 64, channels: 3 };
/** Bytes of a reduced image. */
export const FACE_BYTES = 64 * 64 * 3;

/** Why a file is not used; the first rule that applies counts. */
export const SKIP_RULES = [
  "other format",
  "malformed name",
  "outside ages",
  "undecodable",
  "wrong size",
  "conflicting copy",
  "repeated copy",
] as const;
/** Why a file is not used. */
export type SkipRule = typeof SKIP_RULES[number];

/** What was found out about one file. */
export interface FaceFile {
  /** Relative to the folder of the faces. */
  readonly name: string;
  /** First 32 hexadecimal digits of the SHA-256 of its bytes; files with equal ones are copies. */
  readonly hash: string;
  /** Years; absent where the name is malformed. */
  readonly age?: number;
  /** Why it is not used; copies are judged later. */
  readonly rule?: SkipRule;
  /** More about the rule. */
  readonly detail?: string;
  /** Position of its pixels among the prepared images; copies share it. */
  readonly row?: number;
}

const NAME = /^(\d{1,3})_([01])_([0-4])_(\d+).*\.(?:jpe?g|png)$/i;

/**
 * Age in a name `<age>_<gender>_<race>_<date>.jpg.chip.jpg`, or undefined where age, gender (0, 1) or race
 * (0 to 4) is missing or no date follows: a name that lost a field says nothing reliable about the others.
 * The date is not used; odd ones (of the wrong length, with a blank) are no fault. Copies of the set as PNGs keep
 * their names but for the ending.
 */
export function ageInName(name: string): number | undefined {
  const match = NAME.exec(basename(name));
  return match === null ? undefined : Number(match[1]);
}

/** Whether the date of a well-formed name is other than 17 digits. */
export function hasOddDate(name: string): boolean {
  return ageInName(name) !== undefined &&
    !/_\d{17}(\.jpe?g)?(\.chip)?\.(jpe?g|png)$/i.test(name);
}

/**
 * All files of a folder in the order of `listFaceNames`, with ages and hashes.
 *
 * @param onFile Called after each file.
 * @throws {RangeError} Neither the folder nor a folder in it holds a file.
 */
export async function listFaces(
  folder: string,
  onFile?: (done: number, total: number) => void,
): Promise<FaceFile[]> {
  const names = await listFaceNames(folder);
  if (names.length === 0) {
    throw new RangeError(
      `Cannot use "${folder}": found no file, want images named <age>_<gender>_<race>_<date>.jpg.` +
        `chip.jpg; unpack the official archive again (data/README.md)`,
    );
  }
  const files: FaceFile[] = [];
  for (const name of names) {
    files.push(await lookAt(folder, name));
    onFile?.(files.length, names.length);
  }
  return files;
}

async function lookAt(folder: string, name: string): Promise<FaceFile> {
  const age = ageInName(name);
  let hash = `unreadable ${name}`;
  let fault: string | undefined;
  try {
    hash = contentHash(await Deno.readFile(join(folder, name)));
  } catch (error) {
    fault = error instanceof Error ? error.message : String(error);
  }
  if (!isImageName(name)) {
    return { name, hash, rule: "other format", detail: "want .jpg, .jpeg or .png" };
  }
  if (age === undefined) {
    return { name, hash, rule: "malformed name", detail: "want <age>_<gender>_<race>_<date>" };
  }
  if (age < AGES.minimum || age > AGES.maximum) {
    return { name, hash, age, rule: "outside ages", detail: `${age} years` };
  }
  if (fault !== undefined) return { name, hash, age, rule: "undecodable", detail: fault };
  return { name, hash, age };
}

function contentHash(bytes: Uint8Array): string {
  return sha256Of(bytes).slice(0, 32);
}

/** A decoded file, or why there is none. */
export type FaceResult =
  | { readonly pixels: Uint8Array }
  | { readonly rule: "undecodable" | "wrong size"; readonly detail: string };

/**
 * Decodes a face and reduces it from 200 x 200 to 64 x 64.
 *
 * @returns Pixels [64, 64, 3], or the rule by which the file is skipped.
 * @throws {Error} The file is not the one that was listed.
 */
export async function decodeFace(
  { folder, decoder }: { folder: string; decoder: JpegDecoder },
  { name, hash }: FaceFile,
): Promise<FaceResult> {
  const bytes = await Deno.readFile(join(folder, name));
  if (contentHash(bytes) !== hash) {
    throw new Error(
      `Cannot prepare "${
        join(folder, name)
      }": its bytes changed while the folder was read; run again`,
    );
  }
  let image;
  try {
    image = isPng(bytes) ? decodePng(bytes, name) : await decoder.decode(bytes, name);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const detail = /found (.*), want a whole/.exec(error.message)?.[1] ?? error.message;
    return { rule: "undecodable", detail };
  }
  if (image.width !== FILE_SIZE || image.height !== FILE_SIZE) {
    return { rule: "wrong size", detail: `${image.width} x ${image.height} pixels` };
  }
  return { pixels: resizeImage(image, FACE_SHAPE) };
}
