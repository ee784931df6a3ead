/** Files of somebody's own in a temporary folder, for tests of data sets made from them. */
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import type { LabelledImages } from "../base/contracts.ts";
import { dirname, join } from "../base/disk/path.ts";
import { encodePng } from "../data/files/image_file.ts";

/** Contents by name; text is written as UTF-8. */
export type Files = Readonly<Record<string, Uint8Array | string>>;

/** A square PNG of one level. */
export function plainPng(level: number, size = 8): Uint8Array {
  const pixels = new Uint8Array(size * size * 3).fill(level);
  return encodePng({ width: size, height: size, pixels });
}

/** First byte of each image, with its label. */
export function levelsOf({ images, labels }: LabelledImages): [level: number, label: number][] {
  const pixels = new Uint8Array(images.shape.height * images.shape.width * 3);
  return Array.from(labels, (label, i) => {
    images.read(i, pixels, 0);
    return [pixels[0]!, label];
  });
}

/** Runs `work` with a folder "pets" that holds the files, in an otherwise empty one. */
export async function withFiles(
  files: Files,
  work: (folder: string, root: string) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  const folder = join(root, "pets");
  try {
    await Deno.mkdir(folder);
    for (const [name, content] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(folder, name)), { recursive: true });
      await Deno.writeFile(join(folder, name), bytesOf(content));
    }
    await work(folder, root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** A zip of the files, with names that begin with `below`. */
export async function zipOf(files: Files, below = ""): Promise<Uint8Array> {
  const zip = new ZipWriter(new Uint8ArrayWriter());
  for (const [name, content] of Object.entries(files)) {
    await zip.add(`${below}${name}`, new Uint8ArrayReader(bytesOf(content)));
  }
  return await zip.close();
}

function bytesOf(content: Uint8Array | string): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}
