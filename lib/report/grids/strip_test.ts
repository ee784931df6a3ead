import assert from "node:assert/strict";
import type { LabelledImages, Regression } from "../../base/contracts.ts";
import { BLUE, colours, GREEN, pixels, RED, WHITE } from "../../testing/pixels.ts";
import { labelStrip, stripByLabel } from "./strip.ts";

const ANGLES: Regression = {
  kind: "regression",
  minimum: 0,
  maximum: 90,
  scale: 90,
  unit: "degrees",
  labels: [0.1, 0.2, 0.3].map(Math.fround),
};

function angled(labels: number[], ...own: number[][]): LabelledImages {
  return {
    images: pixels(...own),
    labels: Float32Array.from(labels),
    task: ANGLES,
    origin: "fake",
  };
}

Deno.test("labelStrip() finds the rows where the labels begin again", () => {
  const grid = labelStrip(angled([0.1, 0.2, 0.1, 0.2], RED, GREEN, BLUE, RED), {
    scale: 1,
    rowNames: ["z 1", "z 2"],
    title: "Strip",
  });
  assert.deepEqual([grid.columns, grid.rows], [2, 2]);
  const shown = colours(grid);
  assert.deepEqual([shown[0]![0], shown[0]![4], shown[4]![0], shown[4]![4]], [
    RED,
    GREEN,
    BLUE,
    RED,
  ]);
  const svg = grid.toSVG();
  for (const word of ["label (degrees)", "0.1", "0.2", "z 1", "z 2", "Strip"]) {
    assert.ok(svg.includes(`>${word}</text>`), `the SVG lacks "${word}"`);
  }
  assert.match(grid.toText(), /label \(degrees\): 0\.1, 0\.2\n {2}rows: z 1, z 2/);
});

Deno.test("labelStrip() refuses rows that do not carry the same labels", () => {
  assert.throws(
    () => labelStrip(angled([10, 20, 10, 21], RED, GREEN, BLUE, RED)),
    /found label 21 in row 2 below label 20/,
  );
  assert.throws(
    () => labelStrip(angled([10, 20, 10], RED, GREEN, BLUE)),
    /found 3 images for 2 labels, want whole rows/,
  );
  assert.throws(() => labelStrip(angled([])), RangeError);
});

Deno.test("stripByLabel() draws labels that both sets have, never a neighbour's image", () => {
  const real = angled([0.3, 0.1], RED, GREEN);
  const fake = angled([0.1, 0.2, 0.3, 0.3], BLUE, WHITE, RED, GREEN);
  const grid = stripByLabel([{ name: "real", set: real }, { name: "fake", set: fake }], {
    scale: 1,
  });
  assert.deepEqual([grid.columns, grid.rows], [2, 4]);
  // Rows of a pixel with gaps of 3, and 8 more between the sets.
  const rows = [0, 4, 16, 20].map((y) => [0, 4].map((x) => colours(grid)[y]![x]));
  assert.deepEqual(rows, [[GREEN, RED], [WHITE, WHITE], [BLUE, RED], [WHITE, GREEN]]);
  assert.match(grid.toText(), /label \(degrees\): 0\.1, 0\.3\n {2}rows: real, fake/);
});

Deno.test("stripByLabel() takes the labels that it is given, empty places stay white", () => {
  const grid = stripByLabel([{ name: "real", set: angled([0.3, 0.1], RED, GREEN) }], {
    labels: [0.1, 0.2],
    each: 1,
    scale: 1,
  });
  assert.deepEqual([colours(grid)[0]![0], colours(grid)[0]![4]], [GREEN, WHITE]);
});

Deno.test("stripByLabel() spreads ten columns over many labels", () => {
  const labels = Array.from({ length: 90 }, (_, i) => i + 0.5);
  const set = angled(labels, ...labels.map(() => RED));
  const grid = stripByLabel([{ name: "real", set }], { each: 1 });
  assert.equal(grid.columns, 10);
  assert.match(grid.toText(), /: 0\.5, 10\.5, 20\.5, .*, 89\.5/);
});

Deno.test("stripByLabel() refuses sets without a common label", () => {
  const sets = [0.1, 0.2].map((label, i) => ({ name: `set ${i}`, set: angled([label], RED) }));
  assert.throws(() => stripByLabel(sets), {
    name: "RangeError",
    message: 'Cannot draw a strip of "set 0" and "set 1": found no common label, want at least 1',
  });
  assert.throws(() => stripByLabel([]), /found 0 sets/);
});
