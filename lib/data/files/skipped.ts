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

/** Files that an error names: of each rule one before a second of any. */
const NAMED = 5;

/**
 * Throws where files cannot be used and nobody allowed to skip them; all were looked at, so that one list shows all.
 *
 * @param what Such as "Tiny-ImageNet".
 * @throws {RangeError} Names five, and counts all.
 */
export function refuseBroken(what: string, broken: readonly LeftOut[]): void {
  if (broken.length === 0) return;
  const named = oneOfEachFirst(broken).slice(0, NAMED).map(({ name, rule, detail }) =>
    `"${name}" (${rule}${detail === "" ? "" : `: ${detail}`})`
  );
  const more = broken.length > NAMED ? ` and ${broken.length - NAMED} more` : "";
  throw new RangeError(
    `Cannot use ${broken.length} file${broken.length === 1 ? "" : "s"} of ${what}: found ${
      named.join(", ")
    }${more}; mend them or get them again, or leave them out with broken = "skip" (dataset.broken=skip)`,
  );
}

/** The first file of each rule, then the second of each, and so on. */
function oneOfEachFirst(broken: readonly LeftOut[]): LeftOut[] {
  const before = new Map<string, number>();
  const ranked = broken.map((file) => {
    const rank = before.get(file.rule) ?? 0;
    before.set(file.rule, rank + 1);
    return { file, rank };
  });
  return ranked.sort((a, b) => a.rank - b.rank).map(({ file }) => file);
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

/**
 * What is wrong with a file, from the error of reading or decoding it, without the file's name and the remedy; undefined
 * where the file is not to blame.
 */
export function flawOfFile(error: unknown): string | undefined {
  if (error instanceof Deno.errors.PermissionDenied) return "it may not be read";
  if (error instanceof Deno.errors.NotFound) return "it is a link to nothing, or gone meanwhile";
  if (!(error instanceof SyntaxError)) return undefined;
  return /found (.*), want/s.exec(error.message)?.[1] ?? error.message;
}
