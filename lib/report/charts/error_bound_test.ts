import { testDrawing } from "../../testing/charts.ts";
import { errorBoundChart } from "./error_bound.ts";

testDrawing("errorBoundChart", {
  chart: errorBoundChart(
    [{ cell: "NOKD", term: "TV", value: 0.5 }, { cell: "NOKD", term: "label", value: 0.7 }],
    [{ cell: "NOKD", value: 0.1, low: 0.05, high: 0.2 }],
    { vacuousAbove: 1 },
  ),
  marks: { "mark-rect": 1, "mark-symbol": 1 },
  words: ["TV", "label", "vacuous beyond", "measured excess"],
});
