import { testDrawing } from "../../testing/charts.ts";
import { ganCurves } from "./gan_curves.ts";

testDrawing("ganCurves", {
  chart: ganCurves([
    { step: 1, discriminatorLoss: 2, generatorLoss: 0 },
    { step: 2, discriminatorLoss: 1, generatorLoss: 0.5, agreement: 0.2 },
    { step: 3, discriminatorLoss: 1, generatorLoss: 0.7, agreement: 0.4 },
  ], { classes: 10 }),
  marks: { "mark-line": 5, "mark-rule": 1 },
  words: ["discriminator", "generator", "labels confirmed (%)", "chance"],
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
