import assert from "node:assert/strict";
import { testDrawing } from "../../testing/charts.ts";
import { ganCurves } from "./gan_curves.ts";

testDrawing("ganCurves", {
  chart: ganCurves([
    { step: 1, discriminatorLoss: 2, generatorLoss: 0 },
    { step: 2, discriminatorLoss: 1, generatorLoss: 0.5, agreement: 0.2 },
    { step: 3, discriminatorLoss: 1, generatorLoss: 0.7, agreement: 0.4 },
  ], { classes: 10 }),
  marks: { "mark-line": 5, "mark-rule": 1 },
  words: ["discriminator", "generator", "hinge loss", "labels confirmed (%)", "chance"],
});

testDrawing("ganCurves, scalar labels", {
  chart: ganCurves([
    { step: 1, discriminatorLoss: 2, generatorLoss: 0, labelError: 12 },
    { step: 2, discriminatorLoss: 1, generatorLoss: 0.5, labelError: 7.5 },
  ], { unit: "degrees" }),
  marks: { "mark-line": 5 },
  words: ["discriminator", "generator", "label error (degrees)"],
});

testDrawing("ganCurves, a diffusion model", {
  chart: ganCurves([{ step: 1, loss: 1 }, { step: 2, loss: 0.4, agreement: 0.3 }], { classes: 4 }),
  marks: { "mark-line": 3, "mark-rule": 1 },
  words: ["denoiser", "weighted squared error", "training step", "labels confirmed (%)"],
});

/** As of a training with everything: weights 0.5 and 0.25 of the classifier, 2 of the guide. */
const ALL = {
  rows: [
    {
      step: 20,
      discriminatorLoss: 3,
      discriminatorClassLoss: 2,
      generatorLoss: 1,
      generatorClassLoss: 4,
    },
    {
      step: 40,
      discriminatorLoss: 3,
      discriminatorClassLoss: 2,
      generatorLoss: 2,
      generatorClassLoss: 4,
      guideLoss: 0.75,
      diversityLoss: 0.1,
    },
  ],
  options: {
    smoothing: 0,
    marks: [{ step: 20, label: "the guide sets in" }, { step: 40, label: "never seen" }],
    weights: {
      discriminatorClassLoss: 0.5,
      generatorClassLoss: 0.25,
      guideLoss: 2,
      diversityLoss: 1,
    },
  },
};

testDrawing("ganCurves with every loss", {
  chart: ganCurves(ALL.rows, ALL.options),
  marks: { "mark-line": 8, "mark-rule": 2 },
  words: ["hinge loss", "weight × loss", "classifier, in G's loss", "guide", "diversity"],
});

Deno.test("ganCurves() takes the hinge loss out of a sum that was logged with its parts", () => {
  const { facts } = ganCurves(ALL.rows, ALL.options);
  assert.deepEqual(facts, [
    "discriminator: hinge loss 2 at step 40",
    // 2 − 0.25 · 4 − 2 · 0.75 − 0.1
    "generator: hinge loss -0.600 at step 40",
    "classifier, in D's loss: weight × loss 1 at step 40",
    "classifier, in G's loss: weight × loss 1 at step 40",
    "guide: weight × loss 1.50 at step 40",
    "diversity: weight × loss 0.100 at step 40",
    "the guide sets in at step 20",
  ]);
  const logged = ALL.rows.map((row) => ({ ...row, discriminatorHinge: 7, generatorHinge: 8 }));
  assert.deepEqual(ganCurves(logged, ALL.options).facts.slice(0, 2), [
    "discriminator: hinge loss 7 at step 40",
    "generator: hinge loss 8 at step 40",
  ]);
});
