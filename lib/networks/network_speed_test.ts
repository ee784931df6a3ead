import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { networkSpeed } from "./network_speed.ts";
import { vgg11 } from "./vgg.ts";

Deno.test("networkSpeed() is less of a wider network, says where, and leaves no tensor", async () => {
  const build = (width: number) =>
    vgg11.build({ outputs: 10, head: "classification", imageSize: 32, width, rng: rngOf(1) });
  const [narrow, wide] = [build(0.125), build(1)];
  const { numTensors } = tf.memory();
  const speeds = [await networkSpeed(narrow, 32), await networkSpeed(wide, 32)];
  assert.equal(tf.memory().numTensors, numTensors);
  // 64 times the multiply-adds.
  assert.ok(speeds[0]!.imagesPerSecond > 2 * speeds[1]!.imagesPerSecond);
  assert.ok(speeds[1]!.imagesPerSecond > 1);
  assert.match(speeds[0]!.where, /batches of 64$/);
  assert.equal(speeds[0]!.where, speeds[1]!.where);
  for (const { parameters } of [narrow, wide]) parameters.dispose();
});
