import assert from "node:assert/strict";
import { tf } from "../../base/tf.ts";
import { hasOwnKernels } from "../../native/tensorflow/own_kernels.ts";
import { isNative } from "../../native/tensorflow/raw_op.ts";
import { timed } from "../works/timed_steps.ts";
import { kernelTimes, profileStep, profileTable } from "./profile.ts";

Deno.test("kernelTimes() adds calls up and puts the longest kernel first", () => {
  const calls = [
    { name: "Relu", milliseconds: 1, processorMs: 2 },
    { name: "Conv2D", milliseconds: 5, processorMs: 9 },
    { name: "Relu", milliseconds: 2, processorMs: 3 },
  ];
  assert.deepEqual(kernelTimes(calls), [
    { kernel: "Conv2D", calls: 1, milliseconds: 5, processorMs: 9 },
    { kernel: "Relu", calls: 2, milliseconds: 3, processorMs: 5 },
  ]);
});

Deno.test({
  name: "profileStep() sees the kernels of one step",
  ignore: !isNative,
  async fn() {
    const x = tf.ones<tf.Rank.R2>([4, 4]);
    const run = timed(() => tf.relu(tf.matMul(tf.matMul(x, x), x)));
    const profile = await profileStep({ run, dispose: () => {} });
    x.dispose();
    const calls = Object.fromEntries(profile!.kernels.map((one) => [one.kernel, one.calls]));
    assert.deepEqual(calls, { [hasOwnKernels ? "CganKdProduct" : "BatchMatMulV2"]: 2, Relu: 1 });
    const text = profileTable("a step", profile!).toText();
    assert.match(text, /^a step: [\d.]+ ms/);
    assert.match(text, /outside of kernels/);
  },
});

Deno.test("profileStep() has nothing to say of work in another process", async () => {
  const run = () => Promise.resolve(5);
  assert.equal(await profileStep({ run, dispose: () => {} }), undefined);
});
