import assert from "node:assert/strict";
import { toyAngles } from "./angles.ts";

const SMALL = { angles: 5, perAngle: 4, testPerAngle: 2, size: 32 } as const;

Deno.test("toyAngles() trains on every second angle and tests on all", () => {
  const { train, test, subtrain, subvalid } = toyAngles(SMALL);
  assert.deepEqual([...new Set(train.labels)], [1, 45, 89]);
  assert.deepEqual([...new Set(test.labels)], [1, 23, 45, 67, 89]);
  assert.equal(train.images.count, 12);
  assert.equal(test.images.count, 10);
  assert.equal(subtrain.length + subvalid.length, 12);
});

Deno.test("toyAngles() is the same every time, and another one from another seed", () => {
  assert.equal(toyAngles(SMALL).checksum, toyAngles(SMALL).checksum);
  assert.notEqual(toyAngles(SMALL).checksum, toyAngles({ ...SMALL, seed: 1 }).checksum);
});

Deno.test("toyAngles() turns the needle's head from upright to the right", () => {
  const { test } = toyAngles({ ...SMALL, testPerAngle: 8 });
  const size = 32 * 32 * 3;
  const pixels = new Uint8Array(size);
  /** Mean column of the red head's pixels. */
  const headOf = (index: number) => {
    test.images.read(index, pixels, 0);
    let [sum, count] = [0, 0];
    for (let i = 0; i < size; i += 3) {
      if (pixels[i]! < 150 || pixels[i + 1]! > 100) continue;
      sum += (i / 3) % 32;
      count++;
    }
    return sum / count;
  };
  const mean = (label: number) => {
    const at = Array.from(test.labels.keys()).filter((i) => test.labels[i] === label);
    return at.reduce((sum, i) => sum + headOf(i), 0) / at.length;
  };
  assert.ok(mean(89) > mean(1) + 5, `${mean(1)} to ${mean(89)}`);
});
