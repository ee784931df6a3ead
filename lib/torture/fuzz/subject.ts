/** A reader under test: whole files that it reads, and how it is asked. */
import { dirname, join } from "../../base/disk/path.ts";

/** Contents by name below a folder. */
export type Files = Readonly<Record<string, Uint8Array>>;

/** Whole files that a reader takes. */
export interface Sample {
  /** For reports. */
  readonly name: string;
  readonly files: Files;
  /** Names of those that are damaged; default: all of them. */
  readonly damaged?: readonly string[];
  /**
   * What a value of a damaged file may be where there is one: "equal" to that of the whole file, since a checksum tells;
   * "part" of it, where damaged pieces are left out and counted; anything, where no checksum is in the format.
   */
  readonly value: "equal" | "part" | "any";
  /** Makes checksums right again, so that damage reaches what they guard; the value may then be anything. */
  readonly repair?: (bytes: Uint8Array, name: string) => Uint8Array;
}

/** A reader. */
export interface Subject {
  readonly name: string;
  /** What an error may name in place of the damaged file, such as the folder that is a unit of the product. */
  readonly unit?: string;
  /** Of the inputs that others get; default: 1. Less where every read takes long. */
  readonly share?: number;
  samples(): Promise<readonly Sample[]>;
  /**
   * Reads the files as the product does.
   *
   * @param folder Holds them; whatever is written goes below it.
   * @returns What was read, in pieces whose order counts only for "equal".
   */
  read(folder: string, files: Files): Promise<readonly (string | ArrayBufferView)[]>;
  /** Releases what reads share. */
  close?(): void;
}

/** Writes files below a folder. */
export async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) {
    const path = join(folder, name);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeFile(path, bytes);
  }
}

/** The bytes of text. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
