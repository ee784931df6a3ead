import assert from "node:assert/strict";
import { ownImages } from "../own_images.ts";
import { ownLabels } from "../own_labels.ts";
import { type DataFacts, resolve } from "../specification/experiment.ts";

const FACTS: DataFacts = { images: 4000, labels: 10, size: 32, isScalar: false };

/** What the rule gives for some images, by path. */
function given(facts: Partial<DataFacts>, preset = "quick", changes: Record<string, string> = {}) {
  const experiment = facts.isScalar ? ownLabels : ownImages;
  const specification = resolve(experiment, preset, changes);
  const groups = experiment.byRule!(specification, { ...FACTS, ...facts });
  return Object.fromEntries(groups.flatMap((group) => Object.entries(group)));
}

Deno.test("lengthsByRule() leaves a preset as it is for the images that it was written for", () => {
  for (const preset of ["quick", "desk"]) {
    assert.deepEqual(given({}, preset), {
      "synthesis.fakes": 1000,
      "synthesis.perLabel": 500,
      "ratio.pool": 500,
    });
  }
  for (const [preset, fakes, perLabel] of [["quick", 1800, 50], ["desk", 3600, 100]] as const) {
    assert.deepEqual(given({ isScalar: true, labels: 50, size: 64 }, preset), {
      "synthesis.fakes": fakes,
      "synthesis.perLabel": perLabel,
      "ratio.pool": 10,
    });
  }
});

Deno.test("lengthsByRule() spreads the fakes over however many labels there are", () => {
  const two = given({ labels: 2 });
  assert.deepEqual([two["synthesis.perLabel"], two["ratio.pool"]], [2500, 2500]);
  const many = given({ labels: 200 });
  assert.deepEqual([many["synthesis.perLabel"], many["ratio.pool"]], [25, 25]);
  // Enough for M^g after the filter, whoever named M^g: 1.25 x 9,000 / 0.7 fakes of two labels.
  assert.equal(
    given({ labels: 2 }, "quick", { "synthesis.fakes": "9000" })["synthesis.perLabel"],
    8036,
  );
});

Deno.test("lengthsByRule() gives few images more epochs of smaller batches, and many fewer", () => {
  // s = sqrt(4000 / 40) = 10; 40 / 4 images a batch at the most, in powers of two.
  const few = given({ images: 40 });
  assert.equal(few["studentTraining.epochs"], 300);
  assert.deepEqual(few["studentTraining.milestones"], [130, 210]);
  assert.equal(few["studentTraining.batch"], 8);
  assert.equal(few["studentTraining.learningRate"], 0.00625);
  assert.equal(few["ratio.batch"], 8);
  // A longer fit would know the images by heart.
  assert.ok(!("ratio.epochs" in few));
  assert.deepEqual([few["gan.steps.all"], few["gan.release"], few["synthesis.fakes"]], [
    750,
    500,
    500,
  ]);
  // s = 1/5.
  const many = given({ images: 100_000 });
  assert.equal(many["studentTraining.epochs"], 6);
  assert.deepEqual(many["studentTraining.milestones"], [3, 4]);
  assert.ok(!("studentTraining.batch" in many));
  assert.equal(many["ratio.epochs"], 12);
  assert.deepEqual([many["gan.steps.all"], many["gan.release"], many["synthesis.fakes"]], [
    6000,
    4000,
    10_000,
  ]);
});

Deno.test("lengthsByRule() takes the BigGAN of the image size", () => {
  assert.deepEqual(
    [given({ size: 64 })["gan.family"], given({ size: 64 })["gan.taper"]],
    ["biggan64", false],
  );
  assert.ok(!("gan.family" in given({ size: 32 })));
  assert.ok(!("gan.family" in given({ size: 64 }, "quick", { "gan.family": "diffusion" })));
  assert.ok(!("gan.family" in given({ size: 64, isScalar: true })));
});
