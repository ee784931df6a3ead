/** BSS through the runner: a method that runs the teacher itself, with gradients for images, and never changes it. */
import assert from "node:assert/strict";
import { bss } from "../../distill/methods/bss/bss.ts";
import { trainThroughStages } from "../../testing/stages.ts";

Deno.test("BSS runs with a teacher of its own that it never changes", async () => {
  const method = { ...bss({ searchSteps: 3 }), name: "bss_guarded" };
  await trainThroughStages(method, ({ network }) => {
    const [row] = network.artifact.notes.history as { images: number; boundary: number }[];
    assert.ok(row!.images > 0 && row!.boundary >= 0);
  }, { keepsTeacher: true });
});
