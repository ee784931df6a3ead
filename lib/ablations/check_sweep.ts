/** Of calls that are given an ablation as it was run. */
import { checkArgument } from "../base/check_argument.ts";

/**
 * Throws unless a call was given a sweep.
 *
 * @param call As it is written in a cell, such as "ablationTable()".
 * @throws {TypeError} Something else.
 */
export function checkSweep(call: string, sweep: unknown): void {
  checkArgument(call, sweep, {
    want: "the points of an ablation, as from await runAblation(...)",
    fits: (value) => "points" in value && "ablation" in value,
  });
}
