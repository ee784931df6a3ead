/** A stage's result as it lies in its folder: arrays, and a description under a checksum. */
import * as v from "valibot";
import { findNonFinite, findNull } from "../check.ts";
import { AnyObject, parseAs } from "./files.ts";
import { canonicalJson, shortHash, stageId, type StageKey } from "./identity.ts";
import { join } from "./path.ts";
import { decodeSafetensors, type StoredArray } from "./safetensors.ts";

/** A finished stage. */
export interface Artifact {
  /** "<stage>-<hash>". */
  readonly id: string;
  /** What made it. */
  readonly key: StageKey;
  /** Where its files are. */
  readonly folder: string;
  /** Weights and whatever else is numbers, by name. */
  readonly arrays: Record<string, StoredArray>;
  /** Curves, counts and whatever else the stage wants to keep, as plain JSON. */
  readonly notes: Record<string, unknown>;
  /** "published" where it came with the repository. */
  readonly origin: "work" | "published";
  /** The most memory that the process held while it was made; where the system counts it. */
  readonly peakBytes?: number;
  /** Its notes have none: an older version wrote them. Arrays and key are checked all the same. */
  readonly lacksChecksum?: true;
}

/** What a stage leaves. */
export interface StageResult {
  /** Numbers by name. */
  readonly arrays: Record<string, StoredArray>;
  /** What is kept beside them, as plain JSON. */
  readonly notes: Record<string, unknown>;
}

/** File of the arrays. */
export const ARRAYS = "arrays.safetensors";
/** File of the description. */
export const DESCRIPTION = "artifact.json";

/** What the file of the description holds. */
export const Description = v.looseObject({
  id: v.string(),
  key: v.strictObject({
    stage: v.string(),
    codeVersion: v.number(),
    specification: v.unknown(),
    inputs: v.record(v.string(), v.string()),
  }),
  notes: AnyObject,
  /** Of the arrays' file. */
  checksum: v.string(),
  /** The most memory that the process held while it was made (by the last of several), everything counted. */
  peakBytes: v.optional(v.number()),
  /** Of all else that is here; older descriptions have none. */
  descriptionChecksum: v.optional(v.string()),
});
/** What the file of the description holds. */
export type Description = v.InferOutput<typeof Description>;

/** A description as text, under its checksum. */
export async function describe(description: Description): Promise<string> {
  const { descriptionChecksum: _old, ...rest } = description;
  const descriptionChecksum = await shortHash(canonicalJson(rest));
  return JSON.stringify({ ...rest, descriptionChecksum }, null, 1) + "\n";
}

/**
 * Throws where a number of a stage's result is not finite: JSON would keep it as null, and weights would give no
 * number ever after.
 */
export function checkResult(
  id: string,
  { stage, specification }: StageKey,
  result: StageResult,
): void {
  const arrays = Object.fromEntries(
    Object.entries(result.arrays).map(([name, { values }]) => [name, values]),
  );
  const found = findNonFinite(result.notes) ?? findNonFinite(arrays);
  if (found === undefined) return;
  const { seed } = (specification ?? {}) as { seed?: unknown };
  throw new RangeError(
    `Cannot keep the result of stage "${stage}" (${id}): found ${found.value} in ${found.place}` +
      (found.step === undefined ? "" : ` at step ${found.step}`) +
      (seed === undefined ? "" : ` with seed ${seed}`) + ", want finite numbers",
  );
}

/** Reads a finished result, whose description is `text`. */
export async function loadArtifact(
  { id, folder, text, origin }: Pick<Artifact, "id" | "folder" | "origin"> & { text: string },
): Promise<Artifact> {
  const purpose = {
    task: `use stage result "${id}"`,
    remedy: `delete "${folder}" and run again`,
  };
  const damaged = (why: string) =>
    new SyntaxError(`Cannot ${purpose.task}: ${why}; ${purpose.remedy}`);
  const description = parseAs(Description, text, purpose);
  // The name of a folder is the hash of what made its content.
  const keyId = await stageId(description.key);
  for (const [what, found] of [["id", description.id], ["key", keyId]] as const) {
    if (found !== id) throw damaged(`found the ${what} of "${found}" in ${DESCRIPTION}`);
  }
  const { descriptionChecksum, ...described } = description;
  if (descriptionChecksum !== undefined) {
    const found = await shortHash(canonicalJson(described));
    if (found !== descriptionChecksum) {
      throw damaged(`found checksum ${found} of ${DESCRIPTION}, want ${descriptionChecksum}`);
    }
  }
  const path = join(folder, ARRAYS);
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw damaged(`${ARRAYS} is missing`);
    throw error;
  }
  const checksum = await shortHash(bytes);
  if (checksum !== description.checksum) {
    throw damaged(`found checksum ${checksum}, want ${description.checksum}`);
  }
  const { arrays, metadata } = decodeSafetensors(bytes, path);
  if (metadata.id !== id) throw damaged(`found the arrays of "${metadata.id}" in ${ARRAYS}`);
  const { notes } = description;
  const empty = findNull(notes);
  if (empty !== undefined) {
    throw damaged(`found a number that was not finite, ${empty}, in its notes`);
  }
  const lacksChecksum = descriptionChecksum === undefined && { lacksChecksum: true as const };
  const { key, peakBytes } = description;
  const memory = peakBytes !== undefined && { peakBytes };
  return { id, key: key as StageKey, folder, arrays, notes, origin, ...memory, ...lacksChecksum };
}
