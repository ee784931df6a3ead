/** Where UTKFace lies in a data folder: the loader and `doctor` ask here, so that they never contradict each other. */
import { basename, join } from "../../base/disk/path.ts";
import { DATA_VARIABLE } from "../../setup/folders.ts";

/** Name of the authors' file in the data folder. */
export const AUTHORS_FILE = "UTKFace_64x64_proptrain_0.8_propsubtrain_0.8.h5";

/** Where its makers offer it. */
export const UTKFACE_SITE = "https://susanqq.github.io/UTKFace/";

/** What to ask for and where to place it, what part suffices and how long it takes, in one sentence. */
export function howToPlaceUtkface(folder: string): string {
  return `get the aligned and cropped faces (UTKFace.tar.gz, non-commercial research only) by way of ${UTKFACE_SITE}, unpack them ` +
    `and place the folder UTKFace/ in "${folder}" (${DATA_VARIABLE} names another); any part of its images suffices; the first start decodes them, all ` +
    "23,708 in about a minute on two cores";
}

/** Folders in folders in which faces are looked for, such as `UTKFace/UTKFace/part1`. */
const DEEPEST = 3;

/** Whether a name ends as those of images that can be decoded. */
export function isImageName(name: string): boolean {
  return /\.(?:jpe?g|png)$/i.test(name);
}

/** What a data folder has of UTKFace. */
export interface UtkfacePlaces {
  /** The authors' HDF5 file, where it is there. */
  readonly authors?: string;
  /** The folder of the official images, where at least one image is in it or in the folders in it. */
  readonly faces?: string;
  /** What is wrong where neither is there. */
  readonly fault?: string;
}

/** Looks for the authors' file and the official folder. */
export async function findUtkface(data: string): Promise<UtkfacePlaces> {
  const authors = join(data, AUTHORS_FILE);
  const faces = join(data, "UTKFace");
  const isFile = (await statOf(authors))?.isFile ?? false;
  const isFolder = (await statOf(faces))?.isDirectory ?? false;
  const hasImages = isFolder && (await listFaceNames(faces)).some(isImageName);
  if (isFile || hasImages) {
    return { ...(isFile && { authors }), ...(hasImages && { faces }) };
  }
  return {
    fault: isFolder
      ? `found no image in folder "${faces}" or in the folders in it, and no file "${authors}"`
      : `found no folder "${faces}" and no file "${authors}"`,
  };
}

/**
 * Names of the files of a folder, relative to it. Where no image lies in the folder itself, as with `UTKFace/UTKFace`
 * or `UTKFace/part1`, the files of the folders in it are taken. Sorted by their last parts, so that images come in
 * the same order however they lie.
 */
export async function listFaceNames(folder: string): Promise<string[]> {
  const names = await namesIn(folder, DEEPEST);
  const keyed = names.map((name) => ({ name, last: basename(name) }));
  const order = (a: string, b: string) => a < b ? -1 : a > b ? 1 : 0;
  keyed.sort((a, b) => order(a.last, b.last) || order(a.name, b.name));
  return keyed.map(({ name }) => name);
}

async function namesIn(folder: string, depth: number): Promise<string[]> {
  const files: string[] = [];
  const folders: string[] = [];
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(folder)) {
    const isFolder = isDirectory || (isSymlink && (await statOf(join(folder, name)))?.isDirectory);
    (isFolder ? folders : files).push(name);
  }
  if (files.some(isImageName) || depth === 0) return files;
  for (const name of folders) {
    const inner = await namesIn(join(folder, name), depth - 1);
    files.push(...inner.map((file) => `${name}/${file}`));
  }
  return files;
}

async function statOf(path: string): Promise<Deno.FileInfo | undefined> {
  return await Deno.stat(path).catch(() => undefined);
}
