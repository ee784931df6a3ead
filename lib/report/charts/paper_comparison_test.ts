import { testDrawing } from "../../testing/charts.ts";
import { resultDots } from "./paper_comparison.ts";

testDrawing("resultDots", {
  chart: resultDots([
    { cell: "VGG11", ours: 20, low: 19, high: 21, paper: 18 },
    { cell: "Other", paper: 17 },
  ]),
  marks: { "mark-rule": 1 },
  words: ["VGG11", "Other", "ours", "paper"],
});
