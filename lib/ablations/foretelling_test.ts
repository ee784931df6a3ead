import assert from "node:assert/strict";
import { pointsOf, sweepOf } from "../testing/sweeps.ts";
import { foretelling, foretellingTable } from "./foretelling.ts";
import { ABLATIONS } from "./registry.ts";
import type { PointMeasures, SweepPoint } from "./sweep.ts";

const measuresAt = (place: number): PointMeasures => ({
  coverage: place / 10,
  // The other way round at two points.
  recall: [0, 2, 1, 3, 5, 4][place]! / 10,
  precision: 0.5,
  frechet: place,
  labels: 0.9,
  accuracyScore: 60 - place,
});

const POINTS: SweepPoint[] = pointsOf(
  { "no fakes": [22, 23], a: [24, 25], b: [23, 24], c: [22, 23], d: [21, 22], e: [20, 20] },
  () => undefined,
).map((point, place) => place === 0 ? point : { ...point, measures: measuresAt(place) });
const SWEEP = sweepOf(ABLATIONS["generator"]!, POINTS);

Deno.test("foretelling() gives 1 to what orders the gains, −1 to its opposite, and sorts by it", () => {
  const found = new Map(foretelling(SWEEP).map((one) => [one.measure, one]));
  assert.equal(found.get("coverage")!.tau.value, 1);
  assert.equal(found.get("error of a student of fakes alone")!.tau.value, 1);
  // A Fréchet distance that grows with the gain foretells the wrong way.
  assert.equal(found.get("Fréchet distance")!.tau.value, -1);
  // Two of ten pairs are exchanged.
  assert.ok(Math.abs(found.get("recall")!.tau.value - 0.6) < 1e-12);
  assert.equal(found.get("precision")!.tau.value, 0);
  const { low, high } = found.get("recall")!.tau;
  assert.ok(low < 0.6 && high >= 0.6 && high <= 1);
  assert.equal(found.has("TV"), false);
});

Deno.test("foretellingTable() says whether the best measure may be chance", () => {
  assert.match(foretellingTable(SWEEP).toText(), /coverage orders the gains best/);
  const noise = POINTS.map((point, place) =>
    place === 0 ? point : {
      ...point,
      measures: { ...measuresAt([0, 2, 4, 1, 5, 3][place]!), frechet: 1, accuracyScore: 1 },
    }
  );
  const text = foretellingTable(sweepOf(ABLATIONS["generator"]!, noise)).toText();
  assert.match(text, /No measure orders the gains for certain/);
  assert.throws(() => foretellingTable(sweepOf(ABLATIONS["rho"]!, POINTS.slice(0, 2))), RangeError);
});

Deno.test("foretellingTable() corrects its p-values for all measures, and says where pairs share a point", () => {
  const { rows, notes } = foretellingTable(SWEEP);
  const raw = new Map(foretelling(SWEEP).map(({ measure, pValue }) => [measure, pValue]));
  // Precision is the same everywhere, and no test; of the other four the smallest counts four times.
  const [best] = rows;
  assert.equal(best!.pValue, Math.min(1, 4 * raw.get(best!.measure as string)!));
  assert.equal(rows.find(({ measure }) => measure === "precision")!.pValue, undefined);
  assert.match(notes.join(" "), /p: by Holm's correction for 4 tests\./);
  const two = foretellingTable(sweepOf(ABLATIONS["generator"]!, withStudents(POINTS, ["VGG8"])));
  assert.match(two.notes.join(" "), /for 4 tests, as if pairs were independent, which those of/);
});

/** The points with further students, each with the errors of the first. */
const withStudents = (points: readonly SweepPoint[], further: readonly string[]) =>
  points.map((point) => ({
    ...point,
    results: [
      ...point.results,
      ...further.flatMap((student) => point.results.map((one) => ({ ...one, student }))),
    ],
  }));

Deno.test("foretelling() draws the students of a point together: further ones do not narrow the interval", () => {
  const recallOf = (points: readonly SweepPoint[]) =>
    foretelling(sweepOf(ABLATIONS["generator"]!, [...points])).find(({ measure }) =>
      measure === "recall"
    )!;
  const one = recallOf(POINTS);
  const many = recallOf(withStudents(POINTS, ["VGG8", "VGG13", "VGG16"]));
  assert.equal(many.pairs.length, 4 * one.pairs.length);
  assert.ok(many.tau.high - many.tau.low > 0.8 * (one.tau.high - one.tau.low));
});

Deno.test("foretelling() wants three points, however many students each has", () => {
  const two = withStudents(POINTS.slice(0, 3), ["VGG8", "VGG13"]);
  assert.deepEqual(foretelling(sweepOf(ABLATIONS["generator"]!, two)), []);
});
