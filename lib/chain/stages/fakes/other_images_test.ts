import assert from "node:assert/strict";
import type { LabelledImages } from "../../../base/contracts.ts";
import { readRecords } from "../../../base/disk/records.ts";
import { openSmallest } from "../../../testing/smallest_run.ts";
import { openRun } from "../../open_run.ts";
import { cifar10 } from "../../../experiments/cifar10.ts";
import { rc49 } from "../../../experiments/rc49.ts";

function pixelsOf({ images }: LabelledImages): string[] {
  const { height, width, channels } = images.shape;
  return Array.from({ length: images.count }, (_, i) => {
    const pixels = new Uint8Array(height * width * channels);
    images.read(i, pixels, 0);
    return pixels.join();
  });
}

Deno.test("other real images take the place of fakes, with the labels that fakes would have", async (t) => {
  const results = await Deno.makeTempDir();
  try {
    const open = (steps: string) =>
      openSmallest({ results, changes: { "synthesis.steps": steps } }).run;
    const taught = open('["subsample", "filter", "adjust"]');
    const plain = open('["subsample", "filter"]');
    const [byTeacher, byPeople] = [await taught.others(), await plain.others()];

    await t.step("M^g of them, none of which is a training or test image", () => {
      assert.equal(byTeacher.set.labels.length, 24);
      const known = new Set([taught.dataset.train, taught.dataset.test].flatMap(pixelsOf));
      const found = pixelsOf(byTeacher.set);
      assert.equal(new Set(found).size, 24);
      assert.ok(found.every((image) => !known.has(image)));
    });

    await t.step("with the teacher's labels, or with their own", async () => {
      assert.deepEqual(pixelsOf(byTeacher.set), pixelsOf(byPeople.set));
      const opened = taught.dataset.others;
      assert.ok(opened !== "none");
      const all = opened();
      const true_ = new Map(pixelsOf(all).map((image, i) => [image, all.labels[i]]));
      assert.deepEqual(
        [...byPeople.set.labels],
        pixelsOf(byPeople.set).map((image) => true_.get(image)),
      );
      const teacher = await taught.teacher();
      const network = teacher.open();
      const { askTeacher } = await import("../../../synthesis/teacher_opinion.ts");
      const { normalisation } = teacher;
      const { predicted } = await askTeacher(network, byPeople.set, { normalisation });
      network.parameters.dispose();
      assert.deepEqual(byTeacher.set.labels, predicted);
      assert.notEqual(byTeacher.id, byPeople.id);
    });

    await t.step("a student on them has a row of its own, and no generator", async () => {
      await taught.students({ cells: "VGG11, cGAN-KD (real", trainOn: ["real+other real"] });
      const records = await readRecords(results, "cifar10", "smoke");
      const found = records.map(({ cell, stages }) => [cell.method, stages.fakes, "gan" in stages]);
      assert.ok(
        found.some(([method, images]) =>
          method === "cGAN-KD (real in place of fakes)" && images === byTeacher.id
        ),
      );
      assert.ok(found.every(([, , hasGan]) => !hasGan));
    });
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});

Deno.test("a setting that leaves no image out is refused before anything is trained", async () => {
  const changes = { trainOn: '["real", "real+other real"]' };
  await assert.rejects(
    openRun(rc49, { preset: "smoke", changes }),
    /Cannot train on "real\+other real": found no image of Toy angles/,
  );
  const { trainOn } = (await openRun(cifar10, { preset: "smoke", changes })).specification;
  assert.deepEqual(trainOn, ["real", "real+other real"]);
});
