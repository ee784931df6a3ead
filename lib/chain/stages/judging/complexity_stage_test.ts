import assert from "node:assert/strict";
import { join } from "../../../base/disk/path.ts";
import { tf } from "../../../base/tf.ts";
import { chainIn, choiceOf } from "../../../testing/stages.ts";
import { studentStage } from "../student_stage.ts";

Deno.test("trainingError() is of the student's own training set, and complexity() of random signs", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const chain = chainIn(join(folder, "work"));
    const student = await studentStage(chain, choiceOf("nokd"));
    const tensors = tf.memory().numTensors;
    const error = await chain.trainingError(student);
    assert.ok(error >= 0 && error <= 1);
    // Fakes whose labels are all wrong for this student raise it.
    const { train, checksum } = chain.dataset;
    const wrong = { ...train, labels: train.labels.map((label) => (label + 1) % 2) };
    const beside = await chain.trainingError({
      network: student.network,
      added: { id: `wrong labels of ${checksum}`, set: wrong },
    });
    const shifted = await chain.trainingError({
      network: student.network,
      added: { id: `the same images of ${checksum}`, set: train },
    });
    assert.equal(shifted, error);
    assert.notEqual(beside, error);
    const { randomSigns, learningCurve, draws, images } = await chain.complexity(2);
    assert.equal(tf.memory().numTensors, tensors);
    assert.equal(draws, 2);
    assert.equal(learningCurve, chain.specification.bound.b / (4 * Math.sqrt(images)));
    // At most half of the losses can be wanted, and a student of an epoch follows few signs.
    assert.ok(Math.abs(randomSigns.value) <= 0.6 && randomSigns.low <= randomSigns.high);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
