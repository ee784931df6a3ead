/** What was measured on a set of fakes, as JSON: a verdict's evidence, kept beside the records of students. */
import * as v from "valibot";
import {
  Count,
  FiniteNumber,
  makeFolder,
  parseAs,
  readTextIfThere,
  writeTextAtomically,
} from "../base/disk/files.ts";
import { canonicalJson, shortHash } from "../base/disk/identity.ts";
import { join } from "../base/disk/path.ts";
import { type OnDamaged, readRecordFolder } from "../base/disk/record_folder.ts";
import type { FakesEvidence } from "./verdict.ts";

/** The evidence on one set of processed fakes. */
export interface FakesRecord {
  /** Name of the experiment, for instance "cifar10". */
  readonly experiment: string;
  /** Results of different presets never share a table. */
  readonly preset: string;
  /** As tables name it. */
  readonly dataset: string;
  /** As tables name it. */
  readonly setting: string;
  /** Identities of the processed fakes and of their generator, as in the records of students. */
  readonly stages: { readonly fakes: string; readonly gan: string };
  /** What a verdict rests on. */
  readonly evidence: FakesEvidence;
  /** Git revision of the code that measured. */
  readonly revision: string;
  /** When, ISO 8601. */
  readonly time: string;
}

const Estimate = v.object({ value: FiniteNumber, low: FiniteNumber, high: FiniteNumber });
const Stored = v.looseObject({
  experiment: v.string(),
  preset: v.string(),
  dataset: v.string(),
  setting: v.string(),
  stages: v.looseObject({ fakes: v.string(), gan: v.string() }),
  evidence: v.looseObject({
    realCount: Count,
    fakeCount: Count,
    fakeShare: v.optional(FiniteNumber),
    areAdjusted: v.boolean(),
    areVariations: v.optional(v.boolean()),
    teacherError: FiniteNumber,
    totalVariation: Estimate,
    labelTerm: Estimate,
    judgeError: FiniteNumber,
    b: FiniteNumber,
    labelDistance: FiniteNumber,
    areClasses: v.boolean(),
  }),
  revision: v.string(),
  time: v.pipe(v.string(), v.isoTimestamp("a time in ISO 8601")),
  checksum: v.string(),
});

/** `<folder>/<experiment>/fakes/<preset>`. */
function placeOf(
  folder: string,
  { experiment, preset }: Pick<FakesRecord, "experiment" | "preset">,
) {
  return join(folder, experiment, "fakes", preset);
}

/**
 * Writes a record under `<folder>/<experiment>/fakes/<preset>/`. The record of the same fakes with the same evidence stays
 * as it is: who only looks it up need not be allowed to write.
 */
export async function writeFakesRecord(folder: string, record: FakesRecord): Promise<string> {
  const place = placeOf(folder, record);
  const name = `${record.setting}_${record.stages.fakes}`.replaceAll(/[^A-Za-z0-9_.-]+/g, "-");
  const path = join(place, `${name}.json`);
  const earlier = await readTextIfThere(path);
  if (earlier !== undefined) {
    try {
      const { evidence } = await parseFakesRecord(earlier, path);
      if (canonicalJson(evidence) === canonicalJson(record.evidence)) return path;
    } catch (error) {
      // A damaged record gives way to this one.
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  await makeFolder(place);
  const checksum = await shortHash(canonicalJson(record));
  await writeTextAtomically(path, JSON.stringify({ ...record, checksum }, null, 1) + "\n");
  return path;
}

async function parseFakesRecord(text: string, path: string): Promise<FakesRecord> {
  const purpose = { task: `read record "${path}"`, remedy: "delete it and run again" };
  const { checksum, ...record } = parseAs(Stored, text, purpose);
  const found = await shortHash(canonicalJson(record));
  if (found !== checksum) {
    throw new SyntaxError(
      `Cannot ${purpose.task}: found checksum ${found}, want ${checksum}; ${purpose.remedy}`,
    );
  }
  return record;
}

/**
 * Every record of fakes of an experiment at a preset, oldest first.
 *
 * @param onDamaged Is told of each file that is no record, which is then left out; default: throws.
 * @throws {SyntaxError} A file is not a record, or was changed since it was written; names it.
 */
export function readFakesRecords(
  folder: string,
  experiment: string,
  preset: string,
  onDamaged?: OnDamaged,
): Promise<FakesRecord[]> {
  return readRecordFolder(
    placeOf(folder, { experiment, preset }),
    async (path) => parseFakesRecord(await Deno.readTextFile(path), path),
    onDamaged,
  );
}
