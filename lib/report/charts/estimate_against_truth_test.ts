import { testDrawing } from "../../testing/charts.ts";
import { estimateAgainstTruth } from "./estimate_against_truth.ts";

testDrawing("estimateAgainstTruth", {
  chart: estimateAgainstTruth([
    { term: "TV", at: "none dropped", truth: 0, value: 0.1, low: 0, high: 0.2 },
    { term: "TV", at: "all dropped", truth: 0.5, value: 0.4, low: 0.3, high: 0.5 },
    { term: "Λ", at: "no noise", truth: 0.05, value: 0.05, low: 0.04, high: 0.06 },
  ]),
  marks: { "mark-symbol": 2, "mark-rule": 2, "mark-line": 2 },
  words: ["TV", "Λ", "truth"],
});
