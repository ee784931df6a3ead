import { testDrawing } from "../../testing/charts.ts";
import { measurePanels } from "./measure_panels.ts";

const rows = ["coverage", "Fréchet distance"].flatMap((measure, k) =>
  [1, 2, 3].map((x) => ({
    measure,
    x: x * (k + 1),
    change: 2 - x,
    series: x > 2 ? "diffusion" : "biggan",
    label: `${x}`,
  }))
);

testDrawing("measurePanels", {
  chart: measurePanels(rows, {
    yTitle: "change of error (points)",
    notes: { coverage: "tau-b 0.50" },
  }),
  marks: { "mark-symbol": 2 },
  words: ["coverage", "Fréchet distance", "tau-b 0.50", "diffusion"],
});
