import { testDrawing } from "../../testing/charts.ts";
import { componentsChart } from "./components.ts";

testDrawing("componentsChart", {
  chart: componentsChart([
    { processing: "NOKD", student: "VGG11", value: 20, low: 19, high: 21, source: "ours" },
    { processing: "a+b", student: "VGG11", value: 18, source: "paper" },
  ]),
  marks: { "mark-rule": 1, "mark-symbol": 2 },
  words: ["VGG11", "+ b", "ours", "paper, read off figure"],
});

testDrawing("componentsChart without the paper and without intervals", {
  chart: componentsChart([
    { processing: "NOKD", student: "VGG11", value: 20, source: "ours" },
    { processing: "a", student: "VGG11", value: 19, source: "ours" },
  ]),
  marks: { "mark-symbol": 2 },
  words: ["VGG11", "ours"],
});
