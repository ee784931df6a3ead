import { testDrawing } from "../chart/checks.ts";
import { predictedAgainstTrue } from "./predictions.ts";

testDrawing("predictedAgainstTrue", {
  chart: predictedAgainstTrue([{ truth: 1, predicted: 2 }, { truth: 4, predicted: 4 }], {
    unit: "years",
  }),
  marks: { "mark-line": 1 },
  words: ["MAE 0.500 years over 2 images"],
});
