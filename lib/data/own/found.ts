/** Files and folders that a user names: where there is none, the error says what was looked for and from where. */

/**
 * What `work` gives.
 *
 * @param path Absolute, of what it reads.
 * @throws {Deno.errors.NotFound} There is nothing of this name.
 * @throws {Error} It may not be read.
 */
export async function named<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new Error(
        `Cannot open "${path}": it may not be read; give yourself the right to read it`,
        { cause: error },
      );
    }
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Deno.errors.NotFound(
      `Cannot open "${path}": found no file or folder of this name, want one; a relative path is meant from where the ` +
        "command was given, or from the notebook's project",
      { cause: error },
    );
  }
}
