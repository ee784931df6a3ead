import assert from "node:assert/strict";
import { hindsight, type MeasuredChange, measuredChanges } from "./hindsight.ts";

Deno.test("measuredChanges() compares the same student over the seeds that both have", () => {
  const row = (name: string, method: string, ...values: [number, number][]) => ({
    student: name,
    method,
    values: new Map(values),
  });
  const rows = [
    row("A", "NOKD", [1, 10], [2, 20], [3, 99]),
    row("A", "cGAN-KD", [1, 8], [2, 19]),
    row("A", "NOKD (equal steps)", [2, 15]),
    row("B", "NOKD", [1, 30]),
    row("A", "BLKD", [1, 0]),
  ];
  assert.deepEqual(measuredChanges(rows, "all images"), [
    { student: "A", at: "equal epochs", values: [-2, -1] },
    { student: "A", at: "equal steps", values: [4] },
  ]);
  // All students took equal steps: no control is needed.
  assert.deepEqual(measuredChanges(rows, "real images"), [
    { student: "A", at: "equal steps", values: [-2, -1] },
  ]);
});

const GAPS = { leastGap: 0.02, greatestGap: 0.5, threshold: 0.05 };
/** What fakes change in the bound, at the least and at the most. */
const [FALLS, OPEN, RISES] = [{ low: -2, high: -1 }, { low: -1, high: 1 }, {
  low: 1,
  high: 2,
}] as const;
const POINTS = { unit: "%", part: "test" } as const;
const steps = (...values: number[]): MeasuredChange => ({
  student: "A",
  at: "equal steps",
  values,
});

Deno.test("hindsight() says what the bound said, what students did and whether they agree", () => {
  assert.equal(
    hindsight({ ...GAPS, change: OPEN }, [steps(2.96)], POINTS),
    "The bound promised no gain (gap Δ up to 0.500, and it allows 0.0500); at equal steps fakes changed " +
      "the test error by +2.96 points (A, 1 seed, which may be chance): the two agree.",
  );
  // Student's interval of 1, 2 and 3: 4.303 / √3.
  assert.match(
    hindsight({ ...GAPS, change: FALLS }, [steps(3, 4, 5)], {
      unit: "degrees",
      part: "validation",
    }),
    /^The bound promised a gain .* the validation error by \+4 degrees ± 2\.48 \(A, 3 seeds\): the two disagree\.$/,
  );
  const judged = (change: { low: number; high: number }, ...values: number[]) =>
    hindsight({ ...GAPS, change }, values.map((value) => steps(value)), POINTS).split(": ").at(-1);
  assert.equal(judged(RISES, 1), "the two agree.");
  // A limit that rises forbids no gain.
  assert.equal(judged(RISES, -1), "the bound, an upper limit, was too cautious.");
  assert.equal(judged(FALLS, -1), "the two agree.");
  assert.equal(judged(OPEN, -1), "the bound, an upper limit, was too cautious.");
  assert.equal(judged(FALLS, -1, 1), "students do not agree among themselves.");
});

Deno.test("hindsight() leaves the question open where no control was trained", () => {
  const epochs: MeasuredChange = { student: "A", at: "equal epochs", values: [-3] };
  const verdict = { ...GAPS, change: RISES };
  assert.match(
    hindsight(verdict, [epochs], POINTS),
    /open, as none was trained .* \(at equal epochs, with more steps, .* −3 points \(A, 1 seed/,
  );
  assert.match(hindsight(verdict, [], POINTS), /as many steps as with fakes\.$/);
});
