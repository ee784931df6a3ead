/** Files and parts by the words that people write for them in tables. */
import type { Archive } from "../files/archive.ts";

/** A part of a set. */
export type Part = "train" | "test";

/**
 * What finds files of an archive by written names: with slashes of either kind, accents in either form, from the folder
 * `beside`, from the top, or from the only folder at the top, as zips have it.
 *
 * @returns Gives the name in the archive, or undefined where there is no such file.
 */
export function fileFinder(
  archive: Archive,
  beside = "",
): (written: string) => string | undefined {
  const names = new Map([...archive.files.keys()].map((name) => [name.normalize("NFC"), name]));
  const tops = new Set([...names.keys()].map((name) => name.split("/")[0]!));
  const [only = ""] = tops.size === 1 ? tops : [];
  const roots = [...new Set([beside, "", only])].map((root) => root === "" ? "" : `${root}/`);
  return (written) => {
    const name = plainName(written);
    const found = roots.map((root) => names.get(`${root}${name}`.normalize("NFC")));
    return found.find((one) => one !== undefined);
  };
}

/** A written name with plain slashes, and without a dot for the folder at hand. */
export function plainName(written: string): string {
  return written.replaceAll("\\", "/").replace(/^(\.\/)+/, "");
}

/**
 * The part that a word means.
 *
 * @param place Where it stands, such as `"pets.csv", line 3`.
 * @throws {RangeError} Another word.
 */
export function partOfWord(word: string, place: string): Part {
  const part = word.toLowerCase();
  if (part === "train" || part === "test") return part;
  throw new RangeError(`Cannot use ${place}: found part "${word}", want "train" or "test"`);
}
