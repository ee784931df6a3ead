/** Which stage of a teacher each stage of a student is compared with. */
import type { PairShapes } from "./shapes.ts";

/** Positions in the taps, where 0 is the stem and 1 the first stage. */
export interface StagePair {
  readonly student: number;
  readonly teacher: number;
}

/**
 * One teacher stage for every student stage, by spatial size. Depth keeps its order, and stages are repeated or
 * left out only as far as their numbers differ:
 *
 * - as many stages on both sides: by position;
 * - more on the teacher's: each is used once at most;
 * - more on the student's: each teacher stage is used, some by several student stages in a row.
 *
 * Of what that allows, the pairs have the least Σ |log2(side of the student / side of the teacher)|; of equal ones
 * the deepest. The rule is ours: published pairs of networks have equally many stages.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const network = (...sides: number[]) => ({
 *   taps: [32, ...sides].map((side) => [side, side, 4] as const),
 *   features: 4,
 *   outputs: 10,
 * });
 * // ShuffleNetV2 from ResNet-18.
 * const shapes = { student: network(16, 8, 4), teacher: network(32, 16, 8, 4) };
 * assert.deepEqual(stagePairs("at", shapes).map(({ teacher }) => teacher), [2, 3, 4]);
 * ```
 *
 * @param method For the message.
 * @throws {RangeError} A network has no stage beside its stem.
 */
export function stagePairs(method: string, shapes: PairShapes): StagePair[] {
  const sidesOf = (who: keyof PairShapes) => shapes[who].taps.slice(1).map(([side]) => side);
  const [student, teacher] = [sidesOf("student"), sidesOf("teacher")];
  if (student.length === 0 || teacher.length === 0) {
    throw new RangeError(
      `Cannot distil with "${method}": found ${student.length} student and ${teacher.length} teacher stages, want ` +
        "at least one on both sides",
    );
  }
  let best: readonly number[] = [];
  let least = Infinity;
  for (const chosen of assignments(student.length, teacher.length)) {
    const distance = chosen.reduce(
      (sum, t, s) => sum + Math.abs(Math.log2(student[s]! / teacher[t - 1]!)),
      0,
    );
    // They come with the deepest last; logarithms of 3 / 2 leave rounding.
    if (distance > least + 1e-9) continue;
    [best, least] = [chosen, distance];
  }
  return best.map((t, s) => ({ student: s + 1, teacher: t }));
}

/** Every list of teacher stages, one a student stage, that the rule allows; in lexicographic order. */
function assignments(students: number, teachers: number): number[][] {
  const repeats = students > teachers;
  const extend = (chosen: number[]): number[][] => {
    const last = chosen.at(-1) ?? 0;
    if (chosen.length === students) return repeats && last < teachers ? [] : [chosen];
    const from = repeats ? Math.max(1, last) : last + 1;
    const to = repeats ? Math.min(teachers, last + 1) : teachers;
    const next = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
    return next.flatMap((t) => extend([...chosen, t]));
  };
  return extend([]);
}
