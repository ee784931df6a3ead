/** Files of a folder of classes in their order, with or without parts to train and to test on: no image is read. */
import type { Archive } from "../files/archive.ts";
import { isOtherImageName } from "../files/other_formats.ts";
import type { LeftOut } from "../files/skipped.ts";
import { IMAGE_NAME } from "../own/decode.ts";

/** An image of the folder. */
export interface ListedFile {
  /** In the archive. */
  readonly name: string;
  /** Place of its class among the names in alphabetical order. */
  readonly label: number;
  /** "train", "test", or "" where the folder has no parts. */
  readonly part: string;
}

/** What is in the folder. */
export interface ClassLayout {
  /** In alphabetical order. */
  readonly classNames: readonly string[];
  /** In the order of their names. */
  readonly files: readonly ListedFile[];
  /** Files without a class, and files that are no images by their names. */
  readonly leftOut: readonly LeftOut[];
  /** Images of classes in formats that are not read here. */
  readonly otherFormats: readonly LeftOut[];
  /** Folders where those of classes lie, in which no image is; in alphabetical order. */
  readonly emptyClasses: readonly string[];
}

/** Rule of images that are not read here. */
export const OTHER_FORMAT = "other format";

/** Names of folders that are parts, when they are all that lies at the top. */
const PARTS: Readonly<Record<string, string>> = { train: "train", test: "test", val: "test" };
/** What people call parts otherwise. */
const LIKE_PARTS = /^(train|training|test|testing|val|valid|validation|dev)$/i;

/**
 * Lists the images of all classes. A single folder at the top, as zips have it, is looked into. Images may lie deeper
 * below the folder of their class.
 *
 * @throws {RangeError} Fewer than two classes, or a part without an image; or folders that look like parts, but are other
 *   ones than "train" with "test" or "val".
 */
export function listClasses(archive: Archive): ClassLayout {
  const { path } = archive;
  let names = [...archive.files.keys()].map((name) => ({ name, below: name.split("/") }));
  // Without a file in them too: an empty folder beside others is a class, or a part, that somebody misses.
  let inner = [...archive.folders].map((name) => name.split("/"));
  const tops = () =>
    new Set([
      ...names.map(({ below }) => below.length > 1 ? below[0]! : ""),
      ...inner.map(([top = ""]) => top),
    ]);
  while (tops().size === 1 && !tops().has("")) {
    names = names.map(({ name, below }) => ({ name, below: below.slice(1) }));
    inner = inner.map((below) => below.slice(1)).filter((below) => below.length > 0);
  }
  const folders = [...tops()].filter((top) => top !== "");
  const hasParts = folders.length === 2 && folders.includes("train") &&
    folders.every((folder) => folder in PARTS);
  if (!hasParts) refuseOtherParts(names.map(({ below }) => below), path);
  const [leftOut, otherFormats]: [LeftOut[], LeftOut[]] = [[], []];
  const listed: { name: string; className: string; part: string }[] = [];
  for (const { name, below } of names) {
    const [first = "", ...rest] = below;
    const [className, part] = hasParts ? [rest[0]!, PARTS[first] ?? ""] : [first, ""];
    if ((hasParts ? rest : below).length < 2) {
      leftOut.push({ name, rule: "no class", detail: "" });
    } else if (IMAGE_NAME.test(name)) listed.push({ name, className, part });
    else if (isOtherImageName(name)) {
      otherFormats.push({ name, rule: OTHER_FORMAT, detail: "save it as JPEG or PNG" });
    } else leftOut.push({ name, rule: "not an image", detail: "" });
  }
  const classNames = [...new Set(listed.map(({ className }) => className))].sort();
  const depth = hasParts ? 2 : 1;
  const folderNames = [...inner, ...names.map(({ below }) => below.slice(0, -1))]
    .flatMap((below) => below.length >= depth ? [below[depth - 1]!] : []);
  const emptyClasses = [...new Set(folderNames)].filter((name) => !classNames.includes(name))
    .sort();
  if (classNames.length < 2) {
    const loose = leftOut.filter(({ name }) => IMAGE_NAME.test(name)).length;
    const found = classNames.length === 0
      ? `no folder with JPEGs or PNGs${loose === 0 ? "" : `, but ${loose} of them in no folder`}`
      : `only "${classNames[0]}"`;
    const others = otherFormats.length === 0
      ? ""
      : ` (and ${otherFormats.length} of other formats, such as "${otherFormats[0]!.name}")`;
    const empty = emptyClasses.length === 0 ? "" : `, and no images in ${listOf(emptyClasses)}`;
    throw new RangeError(
      `Cannot find classes in "${path}": found ${found}${others}${empty}, want one folder for each of two classes at ` +
        "least; a table of files and their classes will do as well (image_table in data/README.md)",
    );
  }
  const emptyPart = hasParts &&
    folders.find((top) => !listed.some(({ part }) => part === PARTS[top]));
  if (emptyPart) {
    throw new RangeError(
      `Cannot use "${path}": found no image in "${emptyPart}", want some of each class; add images or take the ` +
        "folder away",
    );
  }
  const labelOf = new Map(classNames.map((name, label) => [name, label]));
  return {
    classNames,
    files: listed.sort((a, b) => a.name < b.name ? -1 : 1).map(({ name, className, part }) => ({
      name,
      label: labelOf.get(className)!,
      part,
    })),
    leftOut,
    otherFormats,
    emptyClasses,
  };
}

/** Throws where folders that are called as parts hold the same folders: taken for classes they would teach nonsense. */
function refuseOtherParts(images: readonly (readonly string[])[], path: string): void {
  const topsOf = new Map<string, Set<string>>();
  for (const [top = "", inner = "", ...rest] of images) {
    if (rest.length === 0 || !LIKE_PARTS.test(top)) continue;
    topsOf.set(inner, (topsOf.get(inner) ?? new Set()).add(top));
  }
  const [inner, tops] = [...topsOf].find(([, tops]) => tops.size > 1) ?? [];
  if (inner === undefined) return;
  throw new RangeError(
    `Cannot find classes in "${path}": found a folder "${inner}" in each of ${
      listOf([...tops!].sort())
    }, want one folder for each class, or two parts "train" and "test" (or "val") with the classes in them; name them so, ` +
      "and take all other folders away",
  );
}

/** Names that an error has of many. */
const NAMED = 5;

function listOf(names: readonly string[]): string {
  const named = names.slice(0, NAMED).map((name) => `"${name}"`).join(", ");
  return names.length > NAMED ? `${named} and ${names.length - NAMED} more` : named;
}
