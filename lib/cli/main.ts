/** How every task begins and ends: folders are absolute, and an error is one readable message, not a stack of calls. */
import { fixNamedFolders } from "../setup/folders.ts";

/** Errors that a user can do something about; any other one is a fault of ours and keeps its stack. */
const TOLD = ["SetUpError", "UsageError", "RangeError", "TypeError", "SyntaxError"];

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
    // What the disk or another program refused comes as a plain error in words of ours.
    const isWorded = error.constructor === Error && error.message.startsWith("Cannot ");
    const told = isUsage || isWorded || TOLD.includes(error.name) ||
      error instanceof Deno.errors.NotFound;
    if (!told || Deno.env.get("CGAN_KD_DEBUG") === "1") console.error(error);
    else console.error(`\n${error.message}`);
    Deno.exitCode = isUsage ? 2 : 1;
  }
}

/** True for an error of `parseArgs` of `node:util`. */
function isParseError(error: Error): boolean {
  const { code } = error as Error & { code?: unknown };
  return typeof code === "string" && code.startsWith("ERR_PARSE_ARGS");
}
