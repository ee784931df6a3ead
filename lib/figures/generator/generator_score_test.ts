import assert from "node:assert/strict";
import { openRun } from "../../chain/open_run.ts";
import { rc49 } from "../../experiments/rc49.ts";
import { generatorScoreTable, intraFidFigure, labelScoreFigure } from "./generator_score.ts";

Deno.test("a generator's score is shown as a table and along the label axis", async () => {
  const results = await Deno.makeTempDir();
  try {
    const run = await openRun(rc49, { preset: "smoke", results });
    const text = (await generatorScoreTable(run)).toText();
    assert.match(text, /Intra-FID +lower/);
    assert.match(text, /20 fakes and 80 real images at 5 labels/);
    assert.match(await (await labelScoreFigure(run)).toSVG(), /real images/);
    assert.match(await (await intraFidFigure(run)).toSVG(), /Fréchet distance/);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});
