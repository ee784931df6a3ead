import assert from "node:assert/strict";
import { ParameterSet } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import { MINUS_ONE_TO_ONE } from "../../data/batches/batches.ts";
import { toyShapes } from "../../data/toy/shapes.ts";
import type { Network } from "../../networks/network.ts";
import { deathWatch, isDead, untilAlive } from "./dead_network.ts";

const WORDS = { title: "teacher vgg11, seed 1", remedy: "lower its learning rate" };

Deno.test("untilAlive() gives the first attempt that lives", async () => {
  const tried: number[] = [];
  const result = await untilAlive(WORDS, (attempt) => {
    tried.push(attempt);
    return Promise.resolve(attempt === 2 ? "alive" : undefined);
  });
  assert.equal(result, "alive");
  assert.deepEqual(tried, [0, 1, 2]);
});

Deno.test("untilAlive() gives up after five dead networks and says what to do", async () => {
  await assert.rejects(() => untilAlive(WORDS, () => Promise.resolve(undefined)), {
    name: "RangeError",
    message: "Cannot train the teacher vgg11, seed 1: found 0 for every image after 5 starts; " +
      "lower its learning rate",
  });
});

Deno.test("untilAlive() passes on what a training throws", async () => {
  await assert.rejects(
    () => untilAlive(WORDS, () => Promise.reject(new Error("stopped"))),
    /^Error: stopped$/,
  );
});

Deno.test("isDead() is true where every output is 0, and false where one is not", async () => {
  const { train } = toyShapes({ classes: 2, perClass: 4, testPerClass: 1 });
  const network = (outputOf: (x: tf.Tensor4D) => tf.Tensor2D): Network => ({
    name: "stub",
    parameters: new ParameterSet(),
    forward: (x) => ({ output: outputOf(x) }) as ReturnType<Network["forward"]>,
  });
  const silent = network((x) => tf.zeros([x.shape[0], 1]));
  assert.equal(await isDead(silent, train, MINUS_ONE_TO_ONE), true);
  const broken = network((x) => tf.fill([x.shape[0], 1], NaN));
  assert.equal(await isDead(broken, train, MINUS_ONE_TO_ONE), true);
  const brightest = (x: tf.Tensor4D) => tf.max(x, [1, 2, 3]).reshape<tf.Tensor2D>([-1, 1]);
  const alive = network((x) => tf.relu(brightest(x).add(0.5)));
  assert.equal(await isDead(alive, train, MINUS_ONE_TO_ONE), false);
});

Deno.test("deathWatch() ends the attempt of a network that was dead twice in a row, and the next one begins", async () => {
  const { train } = toyShapes({ classes: 2, perClass: 4, testPerClass: 1 });
  let level = 0;
  const network: Network = {
    name: "stub",
    parameters: new ParameterSet(),
    forward: (x) => ({ output: tf.fill([x.shape[0], 1], level) }) as ReturnType<Network["forward"]>,
  };
  const measured: number[] = [];
  const result = await untilAlive(WORDS, async (attempt) => {
    const watch = deathWatch([network], train, MINUS_ONE_TO_ONE);
    // Dead once is not dead: 0, then alive, then 0 twice.
    for (const next of attempt === 0 ? [0, 1, 0, 0, 1] : [1, 1]) {
      level = next;
      measured.push(next);
      await watch();
    }
    return attempt;
  });
  assert.equal(result, 1);
  assert.deepEqual(measured, [0, 1, 0, 0, 1, 1]);
});
