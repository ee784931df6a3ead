import { testDrawing } from "../../testing/charts.ts";
import { heatMap } from "./heat_map.ts";

testDrawing("heatMap", {
  chart: heatMap([
    { x: 100, y: 0.5, value: -1.5 },
    { x: 1000, y: 0.5, value: 0.5 },
    { x: 100, y: 0.9, value: 2 },
    { x: 1000, y: 0.9, value: 0 },
  ], {
    xTitle: "M^g",
    yTitle: "rho",
    valueTitle: "change (points)",
    marks: [{ x: 100, y: 0.5, label: "measured" }, { x: 1000, y: 0.9, label: "bound" }],
  }),
  marks: { "mark-rect": 3, "mark-text": 1 },
  words: ["M^g", "rho", "−1.5", "Dashed frame: bound"],
});
