import { testDrawing } from "../../testing/charts.ts";
import { boundOrdering } from "./bound_ordering.ts";

testDrawing("boundOrdering", {
  chart: boundOrdering([{ cell: "NOKD", value: 0.1, bound: 0.6 }], { tau: 0.8, pValue: 0.04 }),
  marks: { "mark-symbol": 1 },
  words: ["NOKD", "tau-b 0.80, p = 0.0400"],
});
