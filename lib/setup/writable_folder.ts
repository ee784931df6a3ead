/** A folder that long work will write to, asked before the work. */

/**
 * Makes a folder, and a file in it that is taken away again.
 *
 * @throws {Error} It cannot be written; says why, and what to do.
 */
export async function makeWritableFolder(folder: string): Promise<void> {
  try {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.remove(await Deno.makeTempFile({ dir: folder, prefix: ".writable-" }));
  } catch (error) {
    throw new Error(
      `Cannot write to "${folder}": ${
        (error as Error).message
      }; free disk space or check the folder's permissions, ` +
        "then run again",
    );
  }
}
