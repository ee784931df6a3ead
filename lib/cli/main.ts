/** How every task begins and ends: folders are absolute, and an error is one readable message, not a stack of calls. */
import { isForUser } from "../base/told.ts";
import { fixNamedFolders } from "../setup/folders.ts";

/** A command line that cannot be used. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Runs a task's work; prints the message of an error and ends with exit code 1 (2 for a wrong command
 * line, 130 when a user stopped it). `CGAN_KD_DEBUG=1` shows where it came from.
 *
 * @param work Returns the exit code; nothing means 0.
 */
export async function runMain(work: () => Promise<number | void>): Promise<void> {
  try {
    fixNamedFolders();
    Deno.exitCode = await work() ?? 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error.name === "TrainingStopped") {
      console.error(`\n${error.message}`);
      Deno.exitCode = 130;
      return;
    }
    const isUsage = error instanceof UsageError || isParseError(error);
    if (isUsage && Deno.env.get("CGAN_KD_DEBUG") !== "1" || isForUser(error)) {
      console.error(`\n${error.message}`);
    } else console.error(error);
    Deno.exitCode = isUsage ? 2 : 1;
  }
}

/** True for an error of `parseArgs` of `node:util`. */
function isParseError(error: Error): boolean {
  const { code } = error as Error & { code?: unknown };
  return typeof code === "string" && code.startsWith("ERR_PARSE_ARGS");
}
