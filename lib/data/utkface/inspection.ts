/** What was found among the faces and what was skipped, for tables and for the line on the source. */
import { type CopyRule, judgeCopies } from "./copies.ts";
import { type FaceFile, hasOddDate, SKIP_RULES, type SkipRule } from "./file_names.ts";

/** A file that is not used. */
export interface SkippedFace {
  /** Of the file. */
  readonly name: string;
  /** The first rule that applies to it. */
  readonly rule: SkipRule;
  /** What was found, such as the ages of the copies. */
  readonly detail: string;
}

/** What became of the files of a folder, or of the images of the authors' file. */
export interface UtkfaceInspection {
  /** The official folder, or the authors' HDF5 file. */
  readonly origin: "folder" | "authors";
  /** Files, or images of the authors' file. */
  readonly found: number;
  /** Those of them that are used. */
  readonly kept: number;
  /** In the order of names. */
  readonly skipped: readonly SkippedFace[];
  /** Skipped files of each rule; the first rule that applies counts. */
  readonly counts: Readonly<Record<SkipRule, number>>;
  /**
   * Kept images that show the same photograph as another kept one (folder: not in the same bytes, and they
   * stay in one part of the split; authors' file: the same pixels, wherever its split has them).
   */
  readonly nearCopies: {
    readonly groups: number;
    readonly images: number;
    /** Groups whose images do not agree on the age. */
    readonly withDifferentAges: number;
  };
  /** Test images whose photograph is in training as well: 0 for the folder. */
  readonly testImagesInTrain: number;
  /** Kept files whose date is not of 17 digits; the date is not used. */
  readonly oddDates: readonly string[];
}

/** A row of the table of what was skipped. */
export interface InspectionRow {
  readonly step: string;
  readonly files: number;
  readonly remark: string;
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
): { kept: FaceFile[]; inspection: UtkfaceInspection } {
  const judged = judgeCopies(files, copies);
  const kept = judged.filter(({ rule }) => rule === undefined);
  const skipped = judged.flatMap(({ name, rule, detail = "" }) =>
    rule === undefined ? [] : [{ name, rule, detail }]
  );
  const counts = Object.fromEntries(SKIP_RULES.map((rule) => [rule, 0])) as Record<
    SkipRule,
    number
  >;
  for (const { rule } of skipped) counts[rule]++;
  const inspection: UtkfaceInspection = {
    origin: "folder",
    found: files.length,
    kept: kept.length,
    skipped,
    counts,
    nearCopies: countNearCopies(
      kept.map(({ age }) => age!),
      kept.map(({ row }) => groups[row!]!),
    ),
    testImagesInTrain: 0,
    oddDates: kept.map(({ name }) => name).filter(hasOddDate),
  };
  return { kept, inspection };
}

/** Counts the groups of several images. */
export function countNearCopies(
  ages: ArrayLike<number>,
  groups: ArrayLike<number>,
): UtkfaceInspection["nearCopies"] {
  const agesOf = new Map<number, number[]>();
  for (let i = 0; i < groups.length; i++) {
    const known = agesOf.get(groups[i]!);
    if (known === undefined) agesOf.set(groups[i]!, [ages[i]!]);
    else known.push(ages[i]!);
  }
  const several = [...agesOf.values()].filter(({ length }) => length > 1);
  return {
    groups: several.length,
    images: several.reduce((sum, { length }) => sum + length, 0),
    withDifferentAges: several.filter((known) => new Set(known).size > 1).length,
  };
}

const REMARKS: Record<SkipRule, string> = {
  "other format": "neither JPEG nor PNG by its name",
  "malformed name": "age, gender, race or date is missing: no label",
  "outside ages": "not 1 to 60 years",
  "undecodable": "not a whole image",
  "wrong size": "not 200 x 200 pixels",
  "conflicting copy": "same bytes under different ages: no label can be trusted, all dropped",
  "repeated copy": "same bytes and age: the first by name is kept",
};

/** The report as rows: found, skipped by each rule, kept, and the near copies among the kept. */
export function inspectionRows(inspection: UtkfaceInspection): InspectionRow[] {
  const { origin, found, kept, counts, nearCopies, testImagesInTrain } = inspection;
  const parts = origin === "folder"
    ? "kept in one part each"
    : `${testImagesInTrain} test images are in training as well`;
  return [
    { step: "found", files: found, remark: "" },
    ...SKIP_RULES.map((rule) => ({
      step: `skipped: ${rule}`,
      files: counts[rule],
      remark: REMARKS[rule],
    })),
    { step: "kept", files: kept, remark: "" },
    {
      step: "of these: near copies",
      files: nearCopies.images,
      remark: `${nearCopies.groups} photographs saved several times, ` +
        `${nearCopies.withDifferentAges} of them under different ages; ${parts}`,
    },
  ];
}

/** The report in one line: "6986 files, 5973 used; skipped: 2 malformed name, ...". */
export function summaryOf({ origin, found, kept, counts }: UtkfaceInspection): string {
  const said = SKIP_RULES.filter((rule) => counts[rule] > 0).map((rule) =>
    `${counts[rule]} ${rule}`
  );
  const unit = origin === "folder" ? "files" : "images in the authors' file";
  return `${found} ${unit}, ${kept} used; skipped: ${said.join(", ") || "none"}`;
}
