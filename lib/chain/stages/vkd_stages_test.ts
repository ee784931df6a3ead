/**
 * VKD through the runner: a network of the teacher's kind that is trained from scratch with modules beside it, and
 * leftovers that the student reads in place of a teacher; and without a teacher.
 */
import assert from "node:assert/strict";
import type { Distiller } from "../../distill/distiller.ts";
import { nokd } from "../../distill/methods/nokd.ts";
import { vkd } from "../../distill/methods/vkd/vkd.ts";
import { chainIn, choiceOf, trainThroughStages } from "../../testing/stages.ts";
import { studentStage } from "./student_stage.ts";

/** Rows of `[classes, classes]` that are distributions. */
function checkMeans(values: Float32Array) {
  const classes = Math.sqrt(values.length);
  for (let row = 0; row < classes; row++) {
    const sum = values.subarray(classes * row, classes * (row + 1)).reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(sum - 1) < 1e-5, `class ${row} has a mean that sums to ${sum}`);
  }
}

Deno.test("VKD runs in its two stages, and the student gets a generator in place of a teacher", async () => {
  await trainThroughStages({ ...vkd(), name: "vkd_guarded" }, ({ teacher, earlier }, artifacts) => {
    assert.equal(teacher, undefined);
    assert.equal(artifacts.size, 2);
    const trained = earlier.vkd_teacher!;
    assert.equal(trained.title, "ResNet-18");
    assert.deepEqual(Object.keys(trained.leftovers()), ["generator", "means"]);
    checkMeans(trained.leftovers().means!.means!.values);
  });
});

Deno.test("VKD of peers ends with two networks, and a generator of each", async () => {
  const method = { ...vkd({ from: "peers", warmUpEpochs: 1 }), name: "vkd_guarded" };
  await trainThroughStages(method, ({ network }, artifacts) => {
    assert.equal(artifacts.size, 1);
    assert.deepEqual(network.peers.map(({ title }) => title), [network.title]);
    const left = network.leftovers();
    for (const role of ["generator", "means", "peerGenerator", "peerMeans", "peer1"]) {
      assert.ok(left[role], role);
    }
    checkMeans(left.means!.means!.values);
    checkMeans(left.peerMeans!.means!.values);
  });
});

Deno.test("VKD's teacher is the network that it would be without a generator", async () => {
  const weights: Record<string, Float32Array>[] = [];
  const [stage] = vkd().before!;
  const alone: Distiller = { ...nokd(), name: stage!.name, title: "Teacher" };
  for (const distiller of [stage!.distiller, alone]) {
    const method: Distiller = {
      ...nokd(),
      name: "vkd_compared",
      title: "VKD's teacher",
      before: [{ name: "vkd_teacher", trains: "teacher", distiller }],
    };
    await trainThroughStages(method, ({ earlier }) => {
      const own = Object.entries(earlier.vkd_teacher!.weights());
      weights.push(Object.fromEntries(own.map(([name, { values }]) => [name, values])));
    });
  }
  assert.deepEqual(weights[0], weights[1]);
});

Deno.test("VKD's variants share the teacher that differs in nothing", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const ids: string[] = [];
    for (const beside of ["none", "blkd", "takd"] as const) {
      const { earlier, teacher } = await studentStage(
        chainIn(folder),
        choiceOf({ name: "vkd", beside, weight: beside === "none" ? 0.9 : 0.5 }),
      );
      assert.equal(teacher, undefined, "a second teacher was trained");
      ids.push(earlier.vkd_teacher!.artifact.id);
    }
    assert.equal(new Set(ids).size, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
