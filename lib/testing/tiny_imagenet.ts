/** A small Tiny-ImageNet in the official layout, drawn by code. */
import encodeJpeg from "@jsquash/jpeg/encode.js";
import { join } from "../base/disk/path.ts";
import { drawFace } from "./faces.ts";

const WNIDS = ["n02", "n01", "n03"];
const GREY = 1;

/** Files of a small set by name: four images a class, numbers not padded, and three to validate with. */
export async function smallTinyImagenet(): Promise<Map<string, Uint8Array>> {
  const text = (content: string) => new TextEncoder().encode(content);
  const files = new Map<string, Uint8Array>();
  files.set("wnids.txt", text(`${WNIDS.join("\n")}\n`));
  files.set("words.txt", text("n01\tgoldfish, Carassius auratus\nn02\tnewt\nn09\tnobody\n"));
  let seed = 0;
  for (const wnid of WNIDS) {
    for (const number of [0, 2, 9, 10]) {
      files.set(`train/${wnid}/images/${wnid}_${number}.JPEG`, await drawFace(seed++, 64));
    }
  }
  files.set("train/n03/images/n03_11.JPEG", await greyJpeg());
  for (const number of [0, 1, 10]) {
    files.set(`val/images/val_${number}.JPEG`, await drawFace(100 + number, 64));
  }
  files.set(
    "val/val_annotations.txt",
    text(
      "val_0.JPEG\tn03\t0\t0\t9\t9\nval_10.JPEG\tn02\t0\t0\t9\t9\nval_1.JPEG\tn01\t0\t0\t9\t9\n",
    ),
  );
  return files;
}

async function greyJpeg(): Promise<Uint8Array> {
  const data = new Uint8ClampedArray(64 * 64 * 4).map((_, i) => i % 4 === 3 ? 255 : 90);
  const image = { data, width: 64, height: 64, colorSpace: "srgb" as const };
  return new Uint8Array(await encodeJpeg(image as ImageData, { color_space: GREY }));
}

/** Writes the files of a set into the folder in which the loader looks for it. */
export async function writeFiles(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  for (const [name, bytes] of files) {
    const path = join(folder, "tiny-imagenet-200", name);
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await Deno.writeFile(path, bytes);
  }
}
