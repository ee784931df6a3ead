import assert from "node:assert/strict";
import { KNOWN_TRUTHS, type KnownTruthRow } from "../ablations/known_truth.ts";
import { testDrawing } from "../testing/charts.ts";
import { knownTruthFigure } from "./known_truth.ts";

const ROWS: KnownTruthRow[] = KNOWN_TRUTHS.flatMap((term) =>
  [0.1, 0.2, 0.4].map((truth) => ({
    term,
    at: `${truth} set`,
    truth,
    estimate: { value: truth + 0.05, low: truth, high: truth + 0.1 },
  }))
);

testDrawing("knownTruthFigure", {
  chart: knownTruthFigure(ROWS),
  marks: { "mark-symbol": KNOWN_TRUTHS.length, "mark-line": KNOWN_TRUTHS.length },
  words: [...KNOWN_TRUTHS, "truth", "estimate"],
});

Deno.test("knownTruthFigure() says how far off each term is, and whether the order holds", () => {
  const { finding } = knownTruthFigure(ROWS);
  assert.match(
    finding!,
    /^TV, plug-in: off by 0\.0500 at the most, in the order of the truth to tau-b 1\.00\./,
  );
});
