import assert from "node:assert/strict";
import { argMaxRows, errorRate } from "../../../base/metrics.ts";
import { join } from "../../../base/disk/path.ts";
import { tf } from "../../../base/tf.ts";
import { chainIn, choiceOf } from "../../../testing/stages.ts";
import { studentStage } from "../student_stage.ts";
import { answersStage, testOutputs } from "./answers_stage.ts";

Deno.test("answersStage() reads stored weights, keeps what it found, and trains nothing", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const chain = chainIn(join(folder, "work"));
    const student = await studentStage(chain, choiceOf("blkd"));
    const teacher = student.teacher!;
    const tensors = tf.memory().numTensors;
    const found = await chain.answers(student);
    assert.equal(tf.memory().numTensors, tensors);
    assert.ok(found.agreement >= 0 && found.agreement <= 100 && found.divergence > 0);
    assert.ok(found.expectedError >= 0 && found.negativeLogLikelihood > 0);
    const again = await answersStage(chain.context, {
      student: student.network,
      teacher,
      teacherOutputs: () => Promise.reject(new Error("nothing is to be measured again")),
    });
    assert.deepEqual({ ...again }, { ...found });

    const own = await chain.answers({ network: teacher, teacher });
    assert.equal(own.agreement, 100);
    assert.equal(own.divergence, 0);

    // The same outputs give the error that the training kept.
    const outputs = await testOutputs(chain.context, student.network);
    const { test } = chain.dataset;
    assert.ok(test.task.kind === "classification");
    const error = errorRate(argMaxRows(outputs, test.task.classes), test.labels);
    assert.equal(error, student.network.test);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Chain.answers() refuses scalar labels", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const chain = chainIn(join(folder, "work"), { task: "regression" });
    const student = await studentStage(chain, choiceOf("nokd", { task: "regression" }));
    await assert.rejects(chain.answers(student), /found scalar labels, want classes/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
