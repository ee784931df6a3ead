import { testDrawing } from "../chart/checks.ts";
import { maePerLabel } from "./label_errors.ts";

testDrawing("maePerLabel", {
  chart: maePerLabel([
    { series: "NOKD", label: 2, mae: 1 },
    { series: "NOKD", label: 1, mae: 2 },
  ], { unit: "degrees" }),
  marks: { "mark-line": 1 },
  words: ["MAE (degrees)"],
});
