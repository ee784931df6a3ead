/** Files of a folder of classes in their order, with or without parts to train and to test on: no image is read. */
import type { Archive } from "../files/archive.ts";
import type { LeftOut } from "../files/skipped.ts";

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
}

/** Names of folders that are parts, when they are all that lies at the top. */
const PARTS: Readonly<Record<string, string>> = { train: "train", test: "test", val: "test" };
const IMAGE = /\.(jpe?g|png)$/i;

/**
 * Lists the images of all classes. A single folder at the top, as zips have it, is looked into. Images may lie deeper
 * below the folder of their class.
 *
 * @throws {RangeError} Fewer than two classes, or a class in no part that is trained on.
 */
export function listClasses({ files, path }: Archive): ClassLayout {
  let names = [...files.keys()].map((name) => ({ name, below: name.split("/") }));
  const tops = () => new Set(names.map(({ below }) => below.length > 1 ? below[0]! : ""));
  while (tops().size === 1 && !tops().has("")) {
    names = names.map(({ name, below }) => ({ name, below: below.slice(1) }));
  }
  const folders = [...tops()].filter((top) => top !== "");
  const hasParts = folders.length === 2 && folders.includes("train") &&
    folders.every((folder) => folder in PARTS);
  const leftOut: LeftOut[] = [];
  const listed: { name: string; className: string; part: string }[] = [];
  for (const { name, below } of names) {
    const [first = "", ...rest] = below;
    const [className, part] = hasParts ? [rest[0]!, PARTS[first] ?? ""] : [first, ""];
    if ((hasParts ? rest : below).length < 2) {
      leftOut.push({ name, rule: "no class", detail: "" });
    } else if (!IMAGE.test(name)) leftOut.push({ name, rule: "not an image", detail: "" });
    else listed.push({ name, className, part });
  }
  const classNames = [...new Set(listed.map(({ className }) => className))].sort();
  if (classNames.length < 2) {
    const found = classNames.length === 0
      ? "no folder with JPEGs or PNGs"
      : `only "${classNames[0]}"`;
    throw new RangeError(
      `Cannot find classes in "${path}": found ${found}, want one folder for each of two classes at least`,
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
  };
}
