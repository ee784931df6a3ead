import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { distillerWork } from "./distillers.ts";

for (const method of ["crd", "dml"] as const) {
  Deno.test(`distillerWork() of ${method} does a step and leaves no tensor`, async () => {
    const before = tf.memory().numTensors;
    const ours = await distillerWork(method).prepare();
    assert.ok(await ours.run(1) > 0);
    await ours.dispose();
    assert.equal(tf.memory().numTensors, before);
  });
}

Deno.test("distillerWork() tells the peer which stages are compared", () => {
  // VGG11 has five stages, from 32 to 2 pixels, ResNet-18 four, from 32 to 4.
  const { pairs } = distillerWork("at").peer as unknown as { pairs: unknown };
  assert.deepEqual(pairs, [[1, 1], [2, 2], [3, 3], [4, 4], [5, 4]]);
});
