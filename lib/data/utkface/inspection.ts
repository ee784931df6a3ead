/** What was found among the faces and what was skipped, as every loader reports it. */
import type { Inspection } from "../../base/contracts.ts";
import { type CopyRule, judgeCopies } from "./copies.ts";
import { type FaceFile, hasOddDate, SKIP_RULES, type SkipRule } from "./file_names.ts";

const REASONS: Record<SkipRule, string> = {
  "other format": "neither JPEG nor PNG by its name",
  "malformed name": "age, gender, race or date is missing: no label",
  "outside ages": "not 1 to 60 years",
  "undecodable": "not a whole image",
  "wrong size": "not 200 x 200 pixels",
  "conflicting copy": "same bytes under different ages: no label can be trusted, all dropped",
  "repeated copy": "same bytes: the first by name is kept",
};

/** A file that is not used, and the first rule that applies to it. */
interface SkippedFace {
  readonly name: string;
  readonly rule: SkipRule;
  readonly detail: string;
}

/**
 * Applies the rule for copies and counts.
 *
 * @param groups Group of each prepared row.
 * @returns The files that are used, in the order of names, and the report.
 */
export function inspectFiles(
  files: readonly FaceFile[],
  { groups, copies }: { groups: Uint32Array; copies: CopyRule },
): { kept: FaceFile[]; inspection: Inspection } {
  const judged = judgeCopies(files, copies);
  const kept = judged.filter(({ rule }) => rule === undefined);
  const odd = kept.filter(({ name }) => hasOddDate(name));
  const inspection: Inspection = {
    counted: "files",
    found: files.length,
    kept: kept.length,
    skipped: byRule(
      judged.flatMap(({ name, rule, detail = "" }) =>
        rule === undefined ? [] : [{ name, rule, detail }]
      ),
    ),
    remarks: [
      nearCopies({
        ages: kept.map(({ age }) => age!),
        groups: kept.map(({ row }) => groups[row!]!),
        place: "kept in one part each",
      }),
      {
        what: "odd dates",
        images: odd.length,
        remark: "the date in the name has not 17 digits; it is not used",
      },
    ],
  };
  return { kept, inspection };
}

/** Skipped files in the order of the rules; rules that nothing broke are there too. */
export function byRule(files: readonly SkippedFace[]): Inspection["skipped"] {
  return SKIP_RULES.map((rule) => ({
    rule,
    reason: REASONS[rule],
    files: files.filter((file) => file.rule === rule).map(({ name, detail }) => ({ name, detail })),
  }));
}

/**
 * Counts the kept images that show the same photograph as another one.
 *
 * @param groups One an image; images of one group show the same photograph.
 * @param place What is said of the parts of the split that they lie in.
 */
export function nearCopies(
  { ages, groups, place }: { ages: ArrayLike<number>; groups: ArrayLike<number>; place: string },
): Inspection["remarks"][number] {
  const agesOf = new Map<number, number[]>();
  for (let i = 0; i < groups.length; i++) {
    const known = agesOf.get(groups[i]!);
    if (known === undefined) agesOf.set(groups[i]!, [ages[i]!]);
    else known.push(ages[i]!);
  }
  const several = [...agesOf.values()].filter(({ length }) => length > 1);
  const disagreeing = several.filter((known) => new Set(known).size > 1).length;
  return {
    what: "near copies",
    images: several.reduce((sum, { length }) => sum + length, 0),
    remark:
      `${several.length} photographs saved several times, ${disagreeing} of them under different ` +
      `ages; ${place}`,
  };
}

/** The report in one line: "6986 files, 5973 used; skipped: 2 malformed name, ...". */
export function summaryOf({ counted, found, kept, skipped }: Inspection): string {
  const said = skipped.filter(({ files }) => files.length > 0).map(({ rule, files }) =>
    `${files.length} ${rule}`
  );
  return `${found} ${counted}, ${kept} used; skipped: ${said.join(", ") || "none"}`;
}
