/** Options that have a few values, and which they are: a misspelt one would silently mean another. */
import { checkOneOf } from "../../base/check.ts";
import type { Specification } from "./specification.ts";

/** What stands for an absent part in each place that can hold one. */
export const SWITCHES: Readonly<Record<string, string>> = {
  "gan.guide": "none",
  "gan.average": "none",
  "ratio.pool": "fresh",
  "evaluation.labels": "all",
  "evaluation.images": "all",
};

/** Values by path; of a list, those of its entries. */
const CLOSED: Readonly<Record<string, readonly unknown[]>> = {
  split: ["test", "validation"],
  trainOn: ["real", "real+fake"],
  "synthesis.steps": ["subsample", "filter", "adjust"],
  "synthesis.whenStuck": ["stop", "plain"],
  "gan.vicinity.kind": ["soft", "hard"],
  "gan.vicinity.generatorTargets": ["reused", "fresh"],
  "compat.klReduction": ["elementMean", "batchMean"],
  "compat.extractorInput": ["minus1to1", "standardized"],
  "compat.teacherInput": ["mixed", "teacher"],
  "compat.ganSeed": [0, "chain"],
  "compat.shortfall": ["accept", "refill"],
  "compat.toUint8": ["floor", "round"],
  "compat.tie": ["strict", "rank"],
  "compat.regressionBalance": ["none", "stratified"],
  "evaluation.compat.remainder": ["zeros", "encode"],
  "evaluation.compat.sampler": ["raw", "configured"],
};

/** @throws {RangeError} A value that is not known; lists those that are. */
export function checkAllowedValues(specification: Specification): void {
  for (const [path, known] of Object.entries(CLOSED)) {
    const value = valueAt(specification, path);
    if (value === undefined) continue;
    for (const entry of Array.isArray(value) ? value : [value]) checkOneOf(entry, known, path);
  }
  for (const [path, word] of Object.entries(SWITCHES)) {
    const value = valueAt(specification, path);
    if (typeof value === "string") checkOneOf(value, [word], path);
  }
}

/** What a dotted path leads to; undefined where nothing is. */
function valueAt(specification: Specification, path: string): unknown {
  return path.split(".").reduce<unknown>(
    (place, key) => (place as Record<string, unknown> | undefined)?.[key],
    specification,
  );
}
