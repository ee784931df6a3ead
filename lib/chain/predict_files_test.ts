import assert from "node:assert/strict";
import { selectLabelled } from "../base/contracts.ts";
import { join } from "../base/disk/path.ts";
import { argMaxRows } from "../base/metrics.ts";
import { tf } from "../base/tf.ts";
import { encodePng } from "../data/files/image_file.ts";
import { writeImageFolder } from "../data/files/image_folder_writer.ts";
import { predict } from "../networks/supervised.ts";
import { chainIn, choiceOf } from "../testing/stages.ts";
import { predictFiles } from "./predict_files.ts";
import { openStudent } from "./stored_student.ts";
import { studentStage } from "./stages/student_stage.ts";

for (const task of ["classification", "regression"] as const) {
  Deno.test(`predictFiles() says of files what the student said of their pixels, ${task}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const chain = chainIn(join(folder, "work"), { task });
      const { network: trained } = await studentStage(chain, choiceOf("nokd", { task }));
      const { id } = trained.artifact;
      const { store, dataset: { test } } = chain.context;
      const some = selectLabelled(test, Uint32Array.of(0, 3, 5));
      const files = (await writeImageFolder(some, join(folder, "images")))
        .filter((name) => name.endsWith(".png"))
        .map((name) => join(folder, "images", name));

      const network = trained.open();
      const outputs = await predict(network, some, trained);
      network.parameters.dispose();
      const tensors = tf.memory().numTensors;
      // A name may be cut short.
      const student = await openStudent(store, id.slice(0, -4));
      assert.equal(student.id, id);
      assert.equal(student.test, trained.test);
      const found = await predictFiles(student, files);
      assert.deepEqual(found.map(({ file }) => file), files);
      if (test.task.kind === "classification") {
        const winners = argMaxRows(outputs, test.task.classes);
        const names = test.task.classNames;
        assert.deepEqual(found.map(({ label }) => label), Array.from(winners, (k) => names[k]));
        for (const { probability } of found) assert.ok(probability! > 0.25 && probability! <= 1);
      } else {
        const { scale } = test.task;
        assert.deepEqual(found.map(({ label }) => label), Array.from(outputs, (v) => v * scale));
      }

      // Another size, and a file that is no image between two that are.
      const { imageSize } = student;
      const [width, height] = [3 * imageSize, 2 * imageSize];
      const pixels = new Uint8Array(width * height * 3).fill(128);
      const large = join(folder, "large one.png");
      await Deno.writeFile(large, encodePng({ width, height, pixels }));
      const broken = join(folder, "broken.png");
      await Deno.writeTextFile(broken, "no image");
      const mixed = await predictFiles(student, [
        files[0]!,
        broken,
        large,
        join(folder, "none"),
        folder,
      ]);
      assert.deepEqual(mixed[0], found[0]);
      assert.match(mixed[1]!.failure!, /broken\.png/);
      assert.ok(mixed[2]!.label !== undefined);
      assert.match(
        mixed[3]!.failure!,
        /^Cannot read ".*none": found no such file, want a JPEG or PNG/,
      );
      assert.match(
        mixed[4]!.failure!,
        /^Cannot read ".*": found a folder, want a JPEG or PNG file$/,
      );
      // A task runs in the project's folder, wherever its command was given.
      Deno.env.set("INIT_CWD", folder);
      const [relative] = await predictFiles(student, ["large one.png"])
        .finally(() => Deno.env.delete("INIT_CWD"));
      assert.ok(relative!.label !== undefined, `${relative!.failure}`);
      student.network.parameters.dispose();
      assert.equal(tf.memory().numTensors, tensors, "tensors were left");

      await assert.rejects(openStudent(store, "studnt"), {
        name: "RangeError",
        message:
          /^Cannot find the network "studnt": found none, want one; "deno task predict" lists/,
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
