import assert from "node:assert/strict";
import { kendallTauB } from "../bound/kendall.ts";
import { KNOWN_TRUTHS, type KnownTruthRow, measureKnownTruth } from "./known_truth.ts";

/** How far an estimate may be off, and how well it keeps the order. */
const WANTED: Readonly<Record<KnownTruthRow["term"], readonly [off: number, tau: number]>> = {
  // Of 900 images a side no more can be seen: real against real gives 0.1.
  "TV, plug-in": [0.15, 0.75],
  "TV, at least": [0.2, 0.75],
  "Λ, by the judge": [0.05, 0.6],
  "R_n, by random signs": [0.03, 1],
  "ε_opt, from and to": [0.03, 0.75],
};

Deno.test("measureKnownTruth() follows the truth of every term over a range", async () => {
  const results = await Deno.makeTempDir();
  try {
    const rows = await measureKnownTruth({ results, perClass: 300 });
    for (const term of KNOWN_TRUTHS) {
      const own = rows.filter((row) => row.term === term);
      assert.ok(own.length >= 4, term);
      const [off, tau] = WANTED[term];
      for (const { truth, estimate: { value, low, high }, at } of own) {
        assert.ok(Math.abs(value - truth) <= off, `${term}, ${at}: ${value} of ${truth}`);
        assert.ok(low <= value && value <= high);
        if (term.startsWith("TV, at least")) assert.ok(value <= truth + 1e-9, at);
        if (term.startsWith("ε_opt")) assert.ok(low <= truth && truth <= high, at);
      }
      const found = kendallTauB(
        own.map(({ truth }) => truth),
        own.map((row) => row.estimate.value),
      );
      assert.ok(found.tau >= tau, `${term}: tau ${found.tau}`);
      const truths = own.map(({ truth }) => truth);
      assert.ok(Math.max(...truths) > 2 * Math.min(...truths), term);
    }
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});
