import assert from "node:assert/strict";
import { openSmallest } from "../testing/smallest_run.ts";
import { RunRefused } from "./gate.ts";

Deno.test("a run whose parameters the page has changed is refused with one line, until they are back", async () => {
  const results = await Deno.makeTempDir();
  try {
    let preset = "smoke";
    const changes: Record<string, string> = { "gan.steps.toy": "3" };
    const { run } = openSmallest({ results, page: () => ({ preset, changes }) });
    const refused = (found: RegExp) =>
      assert.rejects(async () => await run.gan(), (error: Error) => {
        assert(error instanceof RunRefused);
        assert.match(error.message, found);
        assert.match(error.message, /run the cell that opens the run again, then those below/);
        assert.equal(error.stack!.split("\n").length, 1);
        return true;
      });
    preset = "quick";
    await refused(/^Not run: the run was opened with preset = "smoke", the page has "quick";/);
    preset = "smoke";
    // A page changes its object in place too.
    changes["gan.steps.toy"] = "5";
    await refused(
      /with changes = \{"gan\.steps\.toy":"3"\}, the page has \{"gan\.steps\.toy":"5"\};/,
    );
    assert.deepEqual([...Deno.readDirSync(results)], []);
    changes["gan.steps.toy"] = "3";
    assert.equal((await run.gan()).history.at(-1)!.step, 4);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});
