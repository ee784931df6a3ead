/** SSKD through the runner: a stage that trains adapters only, on a copy of the teacher, whose leftovers teach. */
import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages } from "../../base/contracts.ts";
import { toyShapes } from "../../data/toy/shapes.ts";
import { sskd } from "../../distill/methods/sskd/sskd.ts";
import { sameArrays } from "../../testing/distill.ts";
import { chainIn, choiceOf, trainThroughStages } from "../../testing/stages.ts";
import { studentStage } from "./student_stage.ts";

Deno.test("SSKD runs in its three stages; the teacher's head stands on a teacher that stays", async () => {
  // Under a name of its own the runner takes the method itself, with guards around it.
  const method = { ...sskd(), name: "sskd_guarded" };
  await trainThroughStages(method, ({ teacher, earlier, network }, artifacts) => {
    const head = earlier.sskd_head!;
    // Weights that are the teacher's are stored once.
    const stored = Object.keys(head.artifact.arrays);
    assert.ok(stored.length > 0 && stored.every((name) => name.startsWith("head:")), `${stored}`);
    assert.ok(sameArrays(head.weights(), teacher!.weights()));
    const copy = head.open();
    assert.equal(copy.name, "resnet18");
    copy.parameters.dispose();
    assert.equal(head.test, teacher!.test);
    assert.ok(head.curve.at(-1)!.epoch === 1 && network.curve.at(-1)!.epoch === 2);
    assert.equal(artifacts.size, 3);
  });
});

for (const [method, stage] of [["sskd", "sskd_head"], ["ft", "ft_paraphraser"]] as const) {
  Deno.test(`${method}: what learns on the frozen teacher sees it as the student's stage shows it (Q6)`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const { others } = toyShapes({ perClass: 12, testPerClass: 5 });
      if (others === "none") throw new Error("the toy set has no other images");
      const bright = inMemory(others(), (level) => 128 + level / 2);
      const trained = async (teacherInput: "mixed" | "teacher", trainOn: "real" | "real+fake") => {
        const chain = chainIn(folder);
        const { context } = chain;
        const { specification } = context;
        const compat = { ...specification.compat, teacherInput };
        const { earlier, teacher, network } = await studentStage({
          context: { ...context, specification: { ...specification, compat } },
          teacher: (sized) => chain.teacher(sized),
          processed: () => Promise.resolve({ id: "bright", set: bright }),
          others: () => Promise.reject(new Error("not asked for")),
        }, { ...choiceOf(method), trainOn });
        const { artifact: { id }, normalisation } = earlier[stage]!;
        return { id, normalisation, own: teacher!.normalisation, students: network.normalisation };
      };
      const mixed = await trained("mixed", "real+fake");
      assert.notDeepEqual(mixed.students, mixed.own);
      assert.deepEqual(mixed.normalisation, mixed.students);
      const apart = await trained("teacher", "real+fake");
      assert.deepEqual(apart.normalisation, apart.own);
      assert.notEqual(apart.id, mixed.id);
      // Real images alone have the teacher's constants, so the result is one, under one name.
      const real = await trained("mixed", "real");
      assert.deepEqual([real.normalisation, real.students], [real.own, real.own]);
      assert.equal((await trained("teacher", "real")).id, real.id);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** A copy of images with other grey levels. */
function inMemory(set: LabelledImages, change: (level: number) => number): LabelledImages {
  const { count, shape } = set.images;
  const size = shape.height * shape.width * shape.channels;
  const bytes = new Uint8Array(count * size);
  for (let i = 0; i < count; i++) set.images.read(i, bytes, i * size);
  return { ...set, images: imagesInMemory(bytes.map(change), shape) };
}
