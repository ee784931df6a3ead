import { testDrawing } from "../../testing/charts.ts";
import { componentsChart, resultDots } from "./paper_comparison.ts";

testDrawing("resultDots", {
  chart: resultDots([
    { cell: "VGG11", ours: 20, low: 19, high: 21, paper: 18 },
    { cell: "Other", paper: 17 },
  ]),
  marks: { "mark-rule": 1 },
  words: ["VGG11", "Other", "ours", "paper"],
});

testDrawing("componentsChart", {
  chart: componentsChart([
    { processing: "NOKD", student: "VGG11", value: 20, low: 19, high: 21, source: "ours" },
    { processing: "a+b", student: "VGG11", value: 18, source: "paper" },
  ]),
  marks: { "mark-rect": 1 },
  words: ["VGG11", "+ b"],
});
