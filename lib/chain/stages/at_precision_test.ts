import assert from "node:assert/strict";
import { join } from "../../base/disk/path.ts";
import { whyNoBf16 } from "../../native/tensorflow/precision.ts";
import { chainIn } from "../../testing/stages.ts";
import { atPrecision } from "./at_precision.ts";
import { generatorParts } from "./generator/generator_parts.ts";
import { teacherStage } from "./network_stage.ts";

Deno.test("atPrecision() adds nothing to a recipe at float32, so that results keep their names", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { context } = chainIn(join(folder, "store"), {});
    const { specification } = context;
    const { teacherTraining } = specification;
    assert.equal(atPrecision(specification, teacherTraining), teacherTraining);
    assert.equal(atPrecision({ precision: "float32" }, teacherTraining), teacherTraining);
    assert.deepEqual(atPrecision({ precision: "bf16" }, teacherTraining), {
      ...teacherTraining,
      precision: "bf16",
    });

    const trainingAt = (precision?: "float32" | "bf16") =>
      generatorParts({
        ...context,
        specification: { ...specification, ...(precision && { precision }) },
      }, 4).training;
    assert.deepEqual(trainingAt("float32"), trainingAt());
    assert.ok(!("precision" in trainingAt()));
    assert.deepEqual(trainingAt("bf16"), { ...trainingAt(), precision: "bf16" });
    const ganAt = (precision: "float32" | "bf16", own: "float32" | "bf16") =>
      generatorParts({
        ...context,
        specification: {
          ...specification,
          precision,
          gan: { ...specification.gan, precision: own },
        },
      }, 4).training;
    assert.deepEqual(ganAt("float32", "bf16"), trainingAt("bf16"));
    assert.deepEqual(ganAt("bf16", "float32"), trainingAt());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "teacherStage() names results at bf16 otherwise, and those at float32 as ever",
  ignore: whyNoBf16() !== undefined,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const { context } = chainIn(join(folder, "store"), {});
      const { specification } = context;
      const idAt = async (precision?: "float32" | "bf16") => {
        const at = { ...specification, ...(precision && { precision }) };
        const sized = specification.filterTeacher;
        return (await teacherStage({ ...context, specification: at }, sized)).artifact.id;
      };
      const plain = await idAt();
      assert.equal(await idAt("float32"), plain);
      assert.notEqual(await idAt("bf16"), plain);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
