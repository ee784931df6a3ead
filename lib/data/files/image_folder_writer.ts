/** Labelled images as a folder of PNGs with their labels in a CSV. */
import { readFile, rm, writeFile } from "node:fs/promises";
import type { LabelledImages } from "../../base/contracts.ts";
import { makeFolder, writeTextAtomically } from "../../base/disk/files.ts";
import { join } from "../../base/disk/path.ts";
import { encodePng } from "./image_file.ts";

/** File of the labels. */
const LABELS = "labels.csv";

/**
 * Writes `0000.png`, `0001.png`, ... and `labels.csv` with the columns `file` and `label` (the class by its name), and
 * for classes `class`, the number. Images of an earlier, longer set that the old `labels.csv` names go.
 *
 * @param folder Made where it is not there.
 * @returns The names of the files that were written.
 * @throws {RangeError} Images do not have three channels.
 */
export async function writeImageFolder(set: LabelledImages, folder: string): Promise<string[]> {
  const { images, labels, task } = set;
  const { height, width, channels } = images.shape;
  await makeFolder(folder);
  const before = await listedImages(folder);
  const digits = Math.max(4, String(labels.length - 1).length);
  const rows = [task.kind === "classification" ? "file,label,class" : "file,label"];
  const names: string[] = [];
  const pixels = new Uint8Array(height * width * channels);
  for (const [i, label] of labels.entries()) {
    const name = `${String(i).padStart(digits, "0")}.png`;
    images.read(i, pixels, 0);
    await writeFile(join(folder, name), encodePng({ width, height, pixels }));
    names.push(name);
    rows.push(
      task.kind === "classification"
        ? `${name},${quoted(task.classNames[label] ?? String(label))},${label}`
        : `${name},${Number(label.toPrecision(7))}`,
    );
  }
  for (const name of new Set(before).difference(new Set(names))) {
    await rm(join(folder, name), { force: true });
  }
  // Last, so that a folder with labels is whole.
  await writeTextAtomically(join(folder, LABELS), rows.join("\n") + "\n");
  return [...names, LABELS];
}

/** Images that the list in a folder names as this file writes them; none where there is no list. */
async function listedImages(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, LABELS), "utf8").catch(() => "");
  return text.split("\n").map((row) => row.split(",")[0]!).filter((name) =>
    /^\d+\.png$/.test(name)
  );
}

/** A field of a CSV (RFC 4180). */
function quoted(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
