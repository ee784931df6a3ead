/** How large and how fast students are, in the words below a table. */
import type { RecordedSpeed, RunRecord } from "../base/disk/records.ts";

/** What a table knows of a student. */
export interface SizedStudent {
  /** As tables name it. */
  readonly student?: string;
  /** Weights, and multiply-adds for one image; absent where its record has none. */
  readonly size?: RunRecord["size"];
  /** In inference, right after its training; absent where it was not measured. */
  readonly speed?: RecordedSpeed;
}

/**
 * A sentence with the weights, GFLOPs and images a second of each student, whatever method taught it. Of several
 * measurements in one place the fastest counts, since whatever else ran can only have slowed one down.
 *
 * @returns Nothing where no student's size is known.
 */
export function sizesText(students: readonly SizedStudent[]): string[] {
  const texts = [...new Set(students.map(({ student }) => student))].flatMap((student) => {
    const own = students.filter((one) => one.student === student);
    const size = own.find((one) => one.size !== undefined)?.size;
    if (size === undefined) return [];
    const speeds = own.flatMap(({ speed }) => speed ?? []);
    const where = speeds.at(-1)?.where;
    const pace = Math.max(
      ...speeds.filter((one) => one.where === where).map((one) => one.imagesPerSecond),
    );
    return [
      `${student}: ${(size.weights / 1e6).toFixed(2)} million weights, ${
        (2 * size.multiplyAdds / 1e9).toFixed(4)
      } GFLOPs an image (twice the multiply-adds)` +
      (where === undefined
        ? ""
        : `, ${Math.round(pace).toLocaleString("en-US")} images a second on ${where}`),
    ];
  });
  return texts.length === 0 ? [] : [`${texts.join("; ")}.`];
}
