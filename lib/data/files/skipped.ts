/** Files of a set that cannot be used: collected, then told by rule, or the reason to stop. */
import * as v from "valibot";
import type { SkipRule } from "../../base/contracts.ts";
import { choice } from "../../base/options/options.ts";

/** A file that is left out. */
export interface LeftOut {
  readonly name: string;
  /** Such as "undecodable". */
  readonly rule: string;
  /** What was found; "" where the rule says all. */
  readonly detail: string;
}

/** Schema of files that are left out, as they lie beside prepared pixels. */
export const LeftOutSchema = v.array(
  v.object({ name: v.string(), rule: v.string(), detail: v.string() }),
);

/** The option that says what a broken file does. */
export const brokenFiles = () =>
  choice(
    'A file that cannot be used, such as a broken one: "stop" looks at all, then ends and names them; "skip" leaves ' +
      "them out, listed and counted.",
    ["stop", "skip"],
  );

/** Files that an error names. */
const NAMED = 5;

/**
 * Throws where files cannot be used and nobody allowed to skip them; all were looked at, so that one list shows all.
 *
 * @param what Such as "Tiny-ImageNet".
 * @throws {RangeError} Names the first five, and counts all.
 */
export function refuseBroken(what: string, broken: readonly LeftOut[]): void {
  if (broken.length === 0) return;
  const named = broken.slice(0, NAMED).map(({ name, rule, detail }) =>
    `"${name}" (${rule}${detail === "" ? "" : `: ${detail}`})`
  );
  const more = broken.length > NAMED ? ` and ${broken.length - NAMED} more` : "";
  throw new RangeError(
    `Cannot use ${broken.length} file${broken.length === 1 ? "" : "s"} of ${what}: found ${
      named.join(", ")
    }${more}; get them again, or leave them out with broken = "skip" (dataset.broken=skip)`,
  );
}

/** Files by rule, in the order of the rules; all rules are listed, with no file where nothing broke them. */
export function skipRules(
  reasons: Readonly<Record<string, string>>,
  leftOut: readonly LeftOut[],
): SkipRule[] {
  return Object.entries(reasons).map(([rule, reason]) => ({
    rule,
    reason,
    files: leftOut.filter((file) => file.rule === rule)
      .map(({ name, detail }) => ({ name, detail })),
  }));
}

/** What an error of decoding says of its file, without the file's name and the remedy. */
export function detailOf(error: SyntaxError): string {
  return /found (.*), want/s.exec(error.message)?.[1] ?? error.message;
}
