/** TAKD through the runner: an assistant that is trained once, kept, and shared by all students that it can teach. */
import assert from "node:assert/strict";
import { join } from "../../base/disk/path.ts";
import type { StudentChoice } from "./student_choice.ts";
import { takd } from "../../distill/methods/takd.ts";
import { chainIn, choiceOf, trainThroughStages } from "../../testing/stages.ts";
import { studentStage } from "./student_stage.ts";

Deno.test("TAKD runs in its two stages, and ends with the same bits after a kill at every step", async () => {
  // Under a name of its own the runner takes the method itself, with guards around it.
  await trainThroughStages(
    { ...takd(), name: "takd_guarded" },
    ({ teacher, earlier }, artifacts) => {
      assert.equal(teacher!.title, "ResNet-18");
      assert.equal(earlier.assistant!.title, "VGG13");
      assert.equal(artifacts.size, 3);
    },
  );
});

Deno.test("TAKD's assistant is made once for students of every seed and width, and again for another loss", async () => {
  const folder = await Deno.makeTempDir();
  try {
    /** The assistant of a student, and when its result was written. */
    const assistantOf = async (changes: Partial<StudentChoice>) => {
      // A new chain each time, as another process has it: only the store is shared.
      const { earlier } = await studentStage(chainIn(folder), { ...choiceOf("takd"), ...changes });
      const { id, folder: place } = earlier.assistant!.artifact;
      const { mtime } = await Deno.stat(join(place, "artifact.json"));
      return { id, written: mtime!.getTime() };
    };
    const first = await assistantOf({});
    assert.deepEqual(await assistantOf({ seed: 2 }), first);
    assert.deepEqual(await assistantOf({ student: { network: "vgg11", width: 0.125 } }), first);
    const other = await assistantOf({ distiller: { name: "takd", alpha: 0.9 } });
    assert.notEqual(other.id, first.id);
    const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
    assert.equal(names.filter((name) => /^assistant-[0-9a-f]+$/.test(name)).length, 2);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
