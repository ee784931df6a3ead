/** SSKD through the runner: a stage that trains adapters only, on a copy of the teacher, whose leftovers teach. */
import assert from "node:assert/strict";
import { sskd } from "../../distill/methods/sskd/sskd.ts";
import { sameArrays } from "../../testing/distill.ts";
import { trainThroughStages } from "../../testing/stages.ts";

Deno.test("SSKD runs in its three stages; the teacher's head stands on a teacher that stays", async () => {
  // Under a name of its own the runner takes the method itself, with guards around it.
  const method = { ...sskd(), name: "sskd_guarded" };
  await trainThroughStages(method, ({ teacher, earlier, network }, artifacts) => {
    const head = earlier.sskd_head!;
    // Weights that are the teacher's are stored once.
    const stored = Object.keys(head.artifact.arrays);
    assert.ok(stored.length > 0 && stored.every((name) => name.startsWith("head:")), `${stored}`);
    assert.ok(sameArrays(head.weights(), teacher!.weights()));
    const copy = head.open();
    assert.equal(copy.name, "resnet18");
    copy.parameters.dispose();
    assert.equal(head.test, teacher!.test);
    assert.ok(head.curve.at(-1)!.epoch === 1 && network.curve.at(-1)!.epoch === 2);
    assert.equal(artifacts.size, 3);
  });
});
