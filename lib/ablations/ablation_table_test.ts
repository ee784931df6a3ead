import assert from "node:assert/strict";
import { pointsOf, sweepOf } from "../testing/sweeps.ts";
import { ablationTable } from "./ablation_table.ts";
import { ABLATIONS } from "./registry.ts";
import type { PointBound, SweepPoint } from "./sweep.ts";

const FAKES = pointsOf(
  { "no fakes": [22, 23, 24], few: [23, 24, 24], many: [20, 21, 22.5] },
  (place) => 1000 * place,
);
const NAMES = ["no fakes", "unprocessed", "filtering", "adjustment", "subsampling"];
Deno.test("ablationTable() has Student's intervals of means and of differences seed by seed", () => {
  const [first, few, many] = ablationTable(sweepOf(ABLATIONS["fakes"]!, FAKES)).rows;
  assert.equal(first!.mean, 23);
  assert.equal(first!.halfWidth!.toString().slice(0, 5), "2.484");
  assert.equal(first!.difference, undefined);
  // +1, +1 and 0; −2, −2 and −1.5.
  assert.equal((few!.difference as number).toFixed(4), "0.6667");
  assert.equal((many!.differenceHalfWidth as number).toFixed(3), "0.717");
});

Deno.test("ablationTable() counts failures, and pairs only seeds that both points have", () => {
  const points = pointsOf({ "no fakes": [22, undefined], few: [21, 30] }, (place) => place);
  const table = ablationTable(sweepOf(ABLATIONS["fakes"]!, points));
  assert.deepEqual(table.rows.map(({ failed }) => failed), [1, undefined]);
  assert.equal(table.rows[1]!.difference, -1);
  assert.equal(table.rows[1]!.mean, 25.5);
  assert.doesNotMatch(table.toText(), /gap Δ/);
});

Deno.test("ablationTable() says whether the bound orders the points as they turned out", () => {
  const bound = (place: number): PointBound | undefined =>
    place === 0 ? undefined : {
      expectation: "hurt",
      greatestGap: 0.5,
      threshold: 0.1,
      change: -place / 10,
      totalVariation: 0.4,
      labelTerm: 0.1,
      seconds: 1,
    };
  const points = pointsOf(
    Object.fromEntries(NAMES.map((name, place) => [name, [22 - place]])),
    () => undefined,
    bound,
  );
  const text = ablationTable(sweepOf(ABLATIONS["components"]!, points)).toText();
  assert.match(text, /over 4 rows: Kendall's tau-b 1\.00, p = 0\.08/);
  assert.doesNotMatch(text, /independent/);
  const two = points.map((point) => ({
    ...point,
    results: point.results.flatMap((one) => [one, { ...one, student: "VGG13" }]),
  }));
  assert.match(
    ablationTable(sweepOf(ABLATIONS["components"]!, two)).toText(),
    /over 8 rows: .*, p = \d\.\d\d as if rows were independent, which those of one point are not\./,
  );
  const unequal = { hasEqualSteps: false };
  const table = ablationTable(sweepOf(ABLATIONS["components"]!, points, unequal));
  assert.match(table.notes.join(" "), /took more steps/);
});

Deno.test("ablationTable() fits b to the errors of one method", () => {
  const curve = (real: number) => 10 + 300 / Math.sqrt(real);
  const points = [1000, 2000, 5000, 10_000].map((real): SweepPoint => {
    const result = { student: "VGG11", seed: 1 };
    return {
      label: `N = ${real}`,
      changes: {},
      fakes: 0,
      real,
      results: [
        { ...result, method: "BLKD", plain: "BLKD", teacher: "ResNet-18", value: 5 },
        { ...result, method: "NOKD", plain: "NOKD", value: curve(real) },
      ],
    };
  });
  const textOf = (chosen: typeof points) =>
    ablationTable(sweepOf(ABLATIONS["real"]!, chosen)).notes.join(" ");
  assert.match(textOf(points), /test error of VGG11 without fakes on a \+ b\/√N: 3\.0 \(/);
  const without = points.map(({ results, ...point }) => ({
    ...point,
    results: results.slice(0, 1),
  }));
  assert.match(textOf(without), /of VGG11 by BLKD without fakes on a \+ b\/√N: 0\.0/);
});
