import assert from "node:assert/strict";
import { sha256Of, shortHashOf } from "../../files/hash.ts";
import { buildChair } from "./chair.ts";
import { BACK_STYLES, LEG_STYLES } from "./plan.ts";
import { drawAllChairs } from "./draw_all.ts";
import { drawChair, FULL_GRID } from "./grid.ts";
import { checkFullGrid, RENDERED_SHA256 } from "./rendered_file.ts";
import { MeshBuilder } from "./mesh.ts";
import { CHAIR_COUNT, chairPlan } from "./models.ts";
import { painterOf, PICTURE_BYTES, PICTURE_SIZE } from "./render.ts";

const chairs = Array.from({ length: CHAIR_COUNT }, (_, i) => i);

function differing(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((count, value, i) => count + Number(value !== b[i]), 0);
}

Deno.test("the full grid has 899 angles from 0.1 to 89.9 degrees", () => {
  assert.equal(FULL_GRID.chairs * FULL_GRID.tenths.length, 44_051);
  assert.equal(FULL_GRID.tenths[0], 1);
  assert.equal(FULL_GRID.tenths.at(-1), 899);
});

Deno.test("every kind of legs comes with every back, with arms and without", () => {
  const plans = chairs.map((chair) => chairPlan(chair));
  const pairs = new Set(plans.map(({ legs, back }) => `${legs} ${back}`));
  assert.equal(pairs.size, LEG_STYLES.length * BACK_STYLES.length);
  const armed = plans.filter(({ hasArms }) => hasArms).length;
  assert.ok(armed >= 12 && armed <= 24, `${armed} chairs have arms`);
  assert.throws(() => chairPlan(49), /Cannot plan chair 49/);
});

Deno.test("a box has twelve triangles that face outwards", () => {
  const builder = new MeshBuilder();
  builder.box([1, 2, 3], [1, 1, 1], { colour: [1, 2, 3], gloss: 0 });
  const { positions, corners, normals } = builder.build();
  assert.equal(corners.length, 36);
  for (let t = 0; t < 12; t++) {
    const [a, b, c] = [0, 1, 2].map((k) => {
      const at = 3 * corners[3 * t + k]!;
      return [...positions.subarray(at, at + 3)] as [number, number, number];
    });
    const [ux, uy, uz] = b!.map((value, i) => value - a![i]!);
    const [vx, vy, vz] = c!.map((value, i) => value - a![i]!);
    const turn = [uy! * vz! - uz! * vy!, uz! * vx! - ux! * vz!, ux! * vy! - uy! * vx!];
    const normal = [...normals.subarray(3 * t, 3 * t + 3)];
    const along = turn.reduce((sum, value, i) => sum + value * normal[i]!, 0);
    assert.ok(Math.abs(along - 4) < 1e-12, "corners run anti-clockwise around the normal");
    const outward = normal.reduce((sum, value, i) => sum + value * (a![i]! - [1, 2, 3][i]!), 0);
    assert.ok(Math.abs(outward - 1) < 1e-12);
  }
});

Deno.test("every chair stays inside the picture at every turn and fills it", () => {
  for (const chair of chairs) {
    const tenths = [1, 200, 450, 700, 899];
    const bytes = drawChair(chair, tenths);
    for (let k = 0; k < tenths.length; k++) {
      let colourful = 0;
      for (let p = 0; p < PICTURE_SIZE * PICTURE_SIZE; p++) {
        const at = k * PICTURE_BYTES + 3 * p;
        const [x, y] = [p % PICTURE_SIZE, Math.floor(p / PICTURE_SIZE)];
        const isPlain = bytes[at] === bytes[at + 1] && Math.abs(bytes[at]! - bytes[at + 2]!) <= 3;
        if (!isPlain) colourful++;
        const isRim = x === 0 || y === 0 || x === PICTURE_SIZE - 1 || y === PICTURE_SIZE - 1;
        if (isRim) assert.ok(isPlain, `chair ${chair} at ${tenths[k]} reaches the rim`);
      }
      assert.ok(colourful > 250, `chair ${chair} at ${tenths[k]} covers ${colourful} pixels`);
    }
  }
});

Deno.test("a tenth of a degree changes pixels of every chair", () => {
  for (const chair of chairs) {
    for (const tenth of [1, 450, 898]) {
      const bytes = drawChair(chair, [tenth, tenth + 1]);
      const [first, second] = [bytes.subarray(0, PICTURE_BYTES), bytes.subarray(PICTURE_BYTES)];
      const count = differing(first, second);
      assert.ok(count >= 30, `chair ${chair} from ${tenth}: ${count} of ${PICTURE_BYTES} bytes`);
    }
  }
});

Deno.test("no two chairs look alike", () => {
  const pictures = chairs.map((chair) => drawChair(chair, [300]));
  for (const [i, picture] of pictures.entries()) {
    for (const other of pictures.slice(i + 1)) {
      const distance = picture.reduce((sum, value, k) => sum + Math.abs(value - other[k]!), 0);
      assert.ok(distance / PICTURE_BYTES > 4, `chair ${i}: mean difference ${distance}`);
    }
  }
});

Deno.test("a picture has the stored bytes, whatever was drawn before", () => {
  const painter = painterOf(buildChair(chairPlan(12)));
  const first = new Uint8Array(PICTURE_BYTES);
  painter.draw(37.3, first);
  painter.draw(80, new Uint8Array(PICTURE_BYTES));
  const again = new Uint8Array(2 * PICTURE_BYTES);
  painter.draw(37.3, again, PICTURE_BYTES);
  assert.deepEqual(again.subarray(PICTURE_BYTES), first);
  assert.equal(shortHashOf(first), "0590857fb1659f16");
});

Deno.test("all chairs have the stored bytes at angles over the whole range", () => {
  const tenths = [1, 2, 123, 300, 451, 777, 899];
  const parts = chairs.map((chair) => drawChair(chair, tenths));
  assert.equal(
    sha256Of(...parts),
    "bca74fcfb816cebf89fe21ea40dc0f0b8b067e9d856244c4935c31e7594783cd",
  );
});

Deno.test("checkFullGrid() knows the bytes of the full set only", () => {
  assert.equal(checkFullGrid(FULL_GRID, RENDERED_SHA256), undefined);
  const other = "0".repeat(64);
  assert.match(checkFullGrid(FULL_GRID, other)!, /found SHA-256 0000.*, want 30bdbf06/);
  assert.equal(checkFullGrid({ chairs: 49, tenths: [1] }, other), undefined);
});

Deno.test("chairs come in order and alike from one, two and three threads", async () => {
  const grid = { chairs: 5, tenths: [1, 450] };
  const expected = sha256Of(...[0, 1, 2, 3, 4].map((chair) => drawChair(chair, grid.tenths)));
  for (const threads of [1, 2, 3]) {
    const parts: Uint8Array[] = [];
    for await (const part of drawAllChairs(grid, threads)) parts.push(part);
    assert.equal(sha256Of(...parts), expected);
  }
});

Deno.test("a failing worker ends the drawing with its message", async () => {
  const parts = drawAllChairs({ chairs: 50, tenths: [1] }, 1);
  await assert.rejects(async () => {
    for await (const _ of parts);
  }, /Cannot draw chair 49: Cannot plan chair 49/);
});
