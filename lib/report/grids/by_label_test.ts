import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages } from "../../base/contracts.ts";
import { gridByLabel } from "./by_label.ts";
import { stripByLabel } from "./strip.ts";
import { BLUE, colours, GREEN, labelled, RED, WHITE } from "../../testing/pixels.ts";

Deno.test("gridByLabel() puts each set's images of a class beside each other", () => {
  const real = labelled([0, 1, 0]);
  const fake = labelled([1, 1, 1]);
  const grid = gridByLabel([{ name: "real", set: real }, { name: "fake", set: fake }], {
    each: 2,
    scale: 1,
  });
  // Row "cat": red and blue are real cats, there is no fake one. Row "dog": one real, two fakes.
  // A pixel each with gaps of 3 between images and 14 more between the sets.
  const columns = [0, 4, 22, 26];
  assert.equal(grid.width, 27);
  const cells = colours(grid).filter((_, y) => y % 4 === 0)
    .map((row) => columns.map((x) => row[x]));
  assert.deepEqual(cells, [[RED, BLUE, WHITE, WHITE], [GREEN, WHITE, RED, GREEN]]);
  const svg = grid.toSVG();
  for (const word of ["cat", "dog", "real", "fake"]) assert.ok(svg.includes(`>${word}</text>`));
});

Deno.test("gridByLabel() takes the nearest continuous labels", () => {
  const set: LabelledImages = {
    ...labelled([10, 21, 90]),
    task: {
      kind: "regression",
      minimum: 0,
      maximum: 90,
      scale: 90,
      unit: "degrees",
      labels: [1, 2, 3],
    },
  };
  const grid = gridByLabel([{ name: "real", set }], { labels: [20, 80], each: 1, scale: 1 });
  assert.deepEqual(colours(grid).map((row) => row[0]), [GREEN, WHITE, WHITE, WHITE, BLUE]);
  assert.ok(grid.toSVG().includes(">80 degrees</text>"));
});

Deno.test("rows and columns of small amounts have names of their own", () => {
  const set: LabelledImages = {
    ...labelled([0.012, 0.014, 0.031].map(Math.fround)),
    task: {
      kind: "regression",
      minimum: 0.012,
      maximum: 0.031,
      scale: 0.031,
      unit: "metres",
      labels: [0.012],
    },
  };
  const rows = gridByLabel([{ name: "real", set }], { each: 1 }).toSVG();
  for (const label of [0.012, 0.014, 0.031]) assert.ok(rows.includes(`>${label} metres</text>`));
  const columns = stripByLabel([{ name: "real", set }], { each: 1 }).toSVG();
  for (const label of [0.012, 0.014, 0.031]) assert.ok(columns.includes(`>${label}</text>`));
});

Deno.test("gridByLabel() refuses no sets and sets of different shapes", () => {
  assert.throws(() => gridByLabel([]), /found 0 sets/);
  const other = labelled(
    [0],
    imagesInMemory(new Uint8Array(12), { height: 2, width: 2, channels: 3 }),
  );
  assert.throws(
    () => gridByLabel([{ name: "a", set: labelled([0, 1, 0]) }, { name: "b", set: other }]),
    /Cannot draw "b" beside "a": found images of 2x2x3, want 1x1x3/,
  );
});
