/** The beginning of a file that is being downloaded, and what the server said of the whole. */
import { readJson, sizeOf, writeTextAtomically } from "../files.ts";

/** What is known of the file whose beginning is there. */
interface Origin {
  readonly url: string;
  /** What the server calls this state of the file; "" where it calls it nothing. */
  readonly state: string;
}

/** `NAME.part` beside the file that it becomes, with `NAME.part.json`. */
export class PartFile {
  readonly path: string;
  readonly #notes: string;
  readonly #url: string;

  /** @param target Path of the whole file. */
  constructor(target: string, url: string) {
    this.path = `${target}.part`;
    this.#notes = `${this.path}.json`;
    this.#url = url;
  }

  /** Bytes that are there, of the file at this address; 0 where nothing is, or the beginning of another one. */
  async size(): Promise<number> {
    const size = Math.max(0, await sizeOf(this.path));
    return (await this.#origin())?.url === this.#url ? size : 0;
  }

  /** The state of the file on the server that the bytes are from; undefined where the server gave it no name. */
  async state(): Promise<string | undefined> {
    return (await this.#origin())?.state || undefined;
  }

  #origin(): Promise<Origin | undefined> {
    return readJson<Origin>(
      this.#notes,
      ({ url, state }) => typeof url === "string" && typeof state === "string",
    );
  }

  /** Empties it and writes down what its bytes will be from. */
  async begin(state: string | undefined): Promise<void> {
    // First the bytes: a kill in between must not give old ones a new name.
    await Deno.writeFile(this.path, new Uint8Array());
    await writeTextAtomically(
      this.#notes,
      JSON.stringify({ url: this.#url, state: state ?? "" } satisfies Origin),
    );
  }

  /** Opens it to write on at its end. */
  open(): Promise<Deno.FsFile> {
    return Deno.open(this.path, { append: true });
  }

  /** Removes the notes, and the bytes where they are still there. */
  async remove(): Promise<void> {
    for (const path of [this.path, this.#notes]) await Deno.remove(path).catch(() => {});
  }
}
