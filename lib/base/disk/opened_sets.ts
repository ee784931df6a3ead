/**
 * Which data sets a process opened, and whether pictures of them may be published: told to the process that keeps its
 * outputs, such as the one that runs a notebook.
 */

/** Variable that names the file to tell it in; without it nobody is told. */
export const OPENED_SETS = "CGAN_KD_OPENED_SETS";

/** What is told of a data set. */
export interface OpenedSet {
  /** As tables print it. */
  readonly name: string;
  /** As `Dataset.mayBePublished` has it. */
  readonly mayBePublished: boolean;
}

/**
 * Tells of a data set before anything of it can be shown.
 *
 * @throws {Error} The file cannot be written: what nobody was told of might be published.
 */
export function tellOpenedSet({ name, mayBePublished }: OpenedSet): void {
  const path = Deno.env.get(OPENED_SETS);
  if (path === undefined || path === "") return;
  // One write a line: processes of one notebook may tell at once.
  Deno.writeTextFileSync(path, JSON.stringify({ name, mayBePublished }) + "\n", { append: true });
}

/**
 * Names of the data sets told of whose pictures must not be published, each once; none where nothing was told.
 *
 * @param path The file that {@link OPENED_SETS} named.
 * @throws {SyntaxError} A line that is none of {@link tellOpenedSet}.
 */
export async function unpublishedSets(path: string): Promise<string[]> {
  const text = await Deno.readTextFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  const sets = text.split("\n").filter(Boolean).map((line) => JSON.parse(line) as OpenedSet);
  return [...new Set(sets.filter((set) => !set.mayBePublished).map(({ name }) => name))];
}
