/** How every task begins and ends: folders are absolute, and an error is one readable message, not a stack of calls. */
import { isForUser } from "../base/told.ts";
import { fixNamedFolders } from "../setup/folders.ts";

/** A command line that cannot be used. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A command line that asks what the task takes: its usage is the answer, not an error. */
export class HelpAsked extends Error {
  override readonly name = "HelpAsked";

  /** @param usage What the task takes, as its messages of wrong command lines have it. */
  constructor(readonly usage: string) {
    super(`Usage: ${usage}`);
  }
}

/**
 * Runs a task's work; prints the message of an error and ends with exit code 1 (2 for a wrong command
 * line, 130 when a user stopped it). `CGAN_KD_DEBUG=1` shows where it came from. Where the command line asks for help
 * the usage is printed on standard output, with exit code 0.
 *
 * @param work Returns the exit code; nothing means 0.
 */
export async function runMain(work: () => Promise<number | void>): Promise<void> {
  try {
    fixNamedFolders();
    Deno.exitCode = await work() ?? 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error instanceof HelpAsked) {
      console.log(error.message);
      Deno.exitCode = 0;
      return;
    }
    if (error.name === "TrainingStopped") {
      console.error(`\n${error.message}`);
      Deno.exitCode = 130;
      return;
    }
    const isUsage = error instanceof UsageError;
    if (isUsage && Deno.env.get("CGAN_KD_DEBUG") !== "1" || isForUser(error)) {
      console.error(`\n${error.message}`);
    } else console.error(error);
    Deno.exitCode = isUsage ? 2 : 1;
  }
}
