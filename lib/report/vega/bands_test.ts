import assert from "node:assert/strict";
import { placeBands } from "./bands.ts";

const place = (rows: readonly { series: string; x: number; seeds: number }[]) =>
  placeBands(rows, {
    series: ({ series }) => series,
    position: ({ x }) => x,
    hasInterval: ({ seeds }) => seeds > 1,
  });
const rowsOf = (series: string, seeds: readonly number[]) =>
  seeds.flatMap((count, x) => count === 0 ? [] : [{ series, x, seeds: count }]);

Deno.test("placeBands() makes areas of neighbours, bars of lone intervals, points of none", () => {
  const found = place(rowsOf("a", [3, 2, 1, 3, 1, 2, 2]));
  assert.deepEqual(
    found.map(({ band }) => band),
    ["area", "area", "point", "bar", "point", "area", "area"],
  );
  const parts = found.filter(({ band }) => band === "area").map(({ part }) => part);
  assert.ok(parts[0] === parts[1] && parts[2] === parts[3] && parts[1] !== parts[2]);
});

Deno.test("placeBands() goes by place, not by order, and a row that is missing tears nothing", () => {
  const rows = rowsOf("a", [2, 2, 0, 2, 1]).reverse();
  assert.deepEqual(
    place(rows).map(({ x, band }) => [x, band]),
    [[4, "point"], [3, "area"], [1, "area"], [0, "area"]],
  );
  assert.equal(new Set(place(rows).slice(1).map(({ part }) => part)).size, 1);
});

Deno.test("placeBands() keeps series apart", () => {
  const found = place([...rowsOf("a", [2, 2]), ...rowsOf("b", [2, 2]), ...rowsOf("c", [1, 1])]);
  assert.deepEqual(
    found.map(({ band }) => band),
    ["area", "area", "area", "area", "point", "point"],
  );
  assert.notEqual(found[1]!.part, found[2]!.part);
});

Deno.test("placeBands() without any interval marks only rows that are alone", () => {
  const found = place([...rowsOf("a", [1, 1, 1]), ...rowsOf("b", [1])]);
  assert.deepEqual(found.map(({ band }) => band), ["none", "none", "none", "point"]);
});
