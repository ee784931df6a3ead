/** The files of the official layout in their order, from a folder or a zip: no image is read. */
import type { Archive } from "../files/archive.ts";
import type { LeftOut } from "../files/skipped.ts";

/** An image of the set. */
export interface ListedImage {
  /** In the archive. */
  readonly name: string;
  /** Place of its class among those in use. */
  readonly label: number;
}

/** What is in the set. */
export interface Layout {
  /** Ids of the classes in use, in the order of `wnids.txt`. */
  readonly wnids: readonly string[];
  /** Their names for people. */
  readonly classNames: readonly string[];
  /** Class by class, in the order of the numbers in the names. */
  readonly train: readonly ListedImage[];
  /** In the order of the numbers in the names. */
  readonly val: readonly ListedImage[];
  /** Images of classes that `wnids.txt` does not list, and annotations of images that are not there or had one before. */
  readonly leftOut: readonly LeftOut[];
}

/**
 * Lists the images of the classes in use.
 *
 * @param classes How many; they are spread evenly over `wnids.txt`: class floor(i n / classes) of n.
 * @throws {RangeError} A list is missing, or fewer classes than wanted.
 */
export async function listImages(archive: Archive, classes?: number): Promise<Layout> {
  const root = rootOf(archive);
  const readText = async (name: string) =>
    new TextDecoder().decode(await archive.read(`${root}${name}`));
  const all = linesOf(await readText("wnids.txt"));
  const wnids = classes === undefined ? all : spread(all, classes, archive.path);
  const words = archive.files.has(`${root}words.txt`) ? linesOf(await readText("words.txt")) : [];
  const nameOf = new Map(words.map((line) => [line.split("\t")[0]!, line.split("\t")[1]]));
  const labelOf = new Map(wnids.map((wnid, label) => [wnid, label]));
  const listed = new Set(all);

  const leftOut: LeftOut[] = [];
  const unknown = (name: string, wnid: string) =>
    leftOut.push({ name, rule: "unknown class", detail: `"${wnid}" is not in wnids.txt` });
  const train: ListedImage[] = [];
  for (const name of archive.files.keys()) {
    if (!name.startsWith(`${root}train/`)) continue;
    const [, wnid = "", images] = name.slice(root.length).split("/");
    if (images !== "images") continue;
    const label = labelOf.get(wnid);
    if (label !== undefined) train.push({ name, label });
    else if (!listed.has(wnid)) unknown(name, wnid);
  }
  const val: ListedImage[] = [];
  const before = new Set<string>();
  for (const line of linesOf(await readText("val/val_annotations.txt"))) {
    const [file = "", wnid = ""] = line.split("\t");
    const name = `${root}val/images/${file}`;
    const label = labelOf.get(wnid);
    if (label === undefined && listed.has(wnid)) continue;
    if (label === undefined) unknown(name, wnid);
    else if (before.has(name)) {
      leftOut.push({ name, rule: "listed twice", detail: `as "${wnid}" in val_annotations.txt` });
    } else if (archive.files.has(name)) {
      before.add(name);
      val.push({ name, label });
    } else leftOut.push({ name, rule: "missing", detail: "listed in val_annotations.txt" });
  }
  return {
    wnids,
    classNames: wnids.map((wnid) => nameOf.get(wnid)?.split(",")[0]?.trim() || wnid),
    train: train.sort((a, b) => a.label - b.label || byNumber(a, b)),
    val: val.sort(byNumber),
    leftOut,
  };
}

/** Classes spread evenly over a list. */
function spread(all: readonly string[], classes: number, path: string): string[] {
  if (classes > all.length) {
    throw new RangeError(
      `Cannot take ${classes} classes of "${path}": found ${all.length} in wnids.txt`,
    );
  }
  return Array.from({ length: classes }, (_, i) => all[Math.floor(i * all.length / classes)]!);
}

/** Where the lists lie in the archive: "" or, in the official zip, "tiny-imagenet-200/". */
function rootOf({ files, path }: Archive): string {
  const roots = Array.from(files.keys())
    .filter((name) => name === "wnids.txt" || name.endsWith("/wnids.txt"))
    .map((name) => name.slice(0, -"wnids.txt".length))
    .sort((a, b) => a.length - b.length);
  for (const name of ["wnids.txt", "val/val_annotations.txt"]) {
    if (roots[0] !== undefined && files.has(roots[0] + name)) continue;
    throw new RangeError(
      `Cannot use "${path}" as Tiny-ImageNet: found no ${name}, want the official layout; get the set again ` +
        "(data/README.md)",
    );
  }
  return roots[0]!;
}

function linesOf(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

/** By the last number in the name, since names are not padded: `val_9.JPEG` before `val_10.JPEG`. */
function byNumber(a: ListedImage, b: ListedImage): number {
  const numberOf = ({ name }: ListedImage) => Number(/(\d+)\.[^./]*$/.exec(name)?.[1] ?? Infinity);
  const [first, second] = [numberOf(a), numberOf(b)];
  return first === second ? (a.name < b.name ? -1 : 1) : first < second ? -1 : 1;
}
