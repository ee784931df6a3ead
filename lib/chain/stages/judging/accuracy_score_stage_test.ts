import assert from "node:assert/strict";
import { join } from "../../../base/disk/path.ts";
import { chainIn, choiceOf } from "../../../testing/stages.ts";
import { studentStage } from "../student_stage.ts";
import { accuracyScoreStage } from "./accuracy_score_stage.ts";

Deno.test("accuracyScoreStage() trains the table's student on real images, and one on as many fakes for as long", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const chain = chainIn(join(folder, "work"));
    const { fake, real, fakes } = await chain.accuracyScore();
    const [student] = chain.specification.students;
    const [seed] = chain.specification.seeds;
    const row = await studentStage(chain, { ...choiceOf("nokd"), student: student!, seed: seed! });
    assert.equal(real.artifact.id, row.network.artifact.id);
    assert.notEqual(fake.artifact.id, real.artifact.id);
    assert.notEqual(fake.recipe, real.recipe);
    assert.equal(
      fakes,
      Math.min(
        chain.dataset.train.labels.length,
        (await chain.pool(false)).open().set.labels.length,
      ),
    );
    const steps = ({ artifact: { notes } }: typeof fake) =>
      (notes.history as { step: number }[]).at(-1)!.step;
    assert.equal(steps(fake), steps(real));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("accuracyScoreStage() tells students apart whose fakes were drawn by other rules", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const chain = chainIn(join(folder, "work"), { task: "regression" });
    const pool = await chain.pool(false);
    const scoreOf = async (regressionBalance: "none" | "stratified") => {
      const { specification } = chain;
      const compat = { ...specification.compat, regressionBalance };
      const context = { ...chain.context, specification: { ...specification, compat } };
      return await accuracyScoreStage(context, pool);
    };
    const [even, plain] = [await scoreOf("stratified"), await scoreOf("none")];
    assert.equal(even.real.artifact.id, plain.real.artifact.id);
    assert.notEqual(even.fake.artifact.id, plain.fake.artifact.id);
    assert.notDeepEqual(even.fake.artifact.arrays, plain.fake.artifact.arrays);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
