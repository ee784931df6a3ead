import assert from "node:assert/strict";
import { pointsOf, sweepOf } from "../testing/sweeps.ts";
import { ABLATIONS } from "./registry.ts";
import { chooseRho, rhoTable } from "./select_rho.ts";

const POINTS = pointsOf(
  { "no fakes": [22, 23], "rho = 0.1": [24, 25], "rho = 0.5": [20, 21], "rho = 0.9": [21, 22] },
  (place) => [undefined, 0.1, 0.5, 0.9][place],
  (place) =>
    place === 0 ? undefined : {
      expectation: "unclear",
      greatestGap: 0.3,
      threshold: 0.1,
      change: [0, 0.2, 0.1, 0.05][place]!,
      totalVariation: 0.2,
      labelTerm: 0.1,
      seconds: 5,
    },
).map((point) => ({
  ...point,
  results: point.results.map((result) => ({ ...result, seconds: 100 })),
}));

Deno.test("chooseRho() has the least error and the least bound, with what each took", () => {
  const { byGrid, byBound } = chooseRho(sweepOf(ABLATIONS["rho"]!, POINTS));
  // Three points of two seeds; students without fakes choose nothing.
  assert.deepEqual(byGrid, { by: "grid search", rho: 0.5, error: 20.5, seconds: 600 });
  assert.deepEqual(byBound, { by: "bound", rho: 0.9, error: 21.5, seconds: 15 });
});

Deno.test("rhoTable() says what the bound's choice costs and saves", () => {
  const sweep = sweepOf(ABLATIONS["rho"]!, POINTS);
  assert.match(
    rhoTable(chooseRho(sweep)).toText(),
    /The bound's choice costs 1\.00 points, at 1\/40 of the time\./,
  );
  const same = sweepOf(ABLATIONS["rho"]!, POINTS.slice(0, 2));
  assert.match(rhoTable(chooseRho(same)).toText(), /Both choose the same rho/);
  const none = sweepOf(ABLATIONS["rho"]!, POINTS.slice(0, 1));
  assert.throws(() => chooseRho(none), /found 0 points with errors and 0 of them with a bound/);
});
