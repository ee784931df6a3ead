/** Errors whose message says all that their reader can do, so that a stack of calls would only hide it. */

/** Names of such errors; any other one is a fault of ours, whose stack is wanted. */
const TOLD = ["SetUpError", "UsageError", "RangeError", "TypeError", "SyntaxError"];

/**
 * Whether an error is for the user, who can do something about it: shown as one message. `CGAN_KD_DEBUG=1` shows where
 * each one came from.
 */
export function isForUser(error: Error): boolean {
  if (Deno.env.get("CGAN_KD_DEBUG") === "1") return false;
  // What the disk or another program refused comes as a plain error in words of ours.
  const isWorded = error.constructor === Error && error.message.startsWith("Cannot ");
  return isWorded || TOLD.includes(error.name) || error instanceof Deno.errors.NotFound;
}
