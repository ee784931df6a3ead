import assert from "node:assert/strict";
import { join } from "node:path";
import { committedOutputs } from "./committed_outputs.ts";
import { markUnpublished, parseNotebook } from "./notebook_file.ts";

const notebook = (outputs: readonly unknown[]) => {
  const cell = { cell_type: "code", metadata: {}, outputs, execution_count: null, source: [] };
  return JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 });
};

Deno.test("committedOutputs() names notebooks with outputs in git's index, or on disk where git has none", async () => {
  const folder = await Deno.makeTempDir();
  const git = async (...args: string[]) => {
    const { success } = await new Deno.Command("git", { args, cwd: folder }).output();
    assert(success, args.join(" "));
  };
  const write = (name: string, outputs: readonly unknown[]) =>
    Deno.writeTextFile(join(folder, "notebooks", name), notebook(outputs));
  const named = async () =>
    (await committedOutputs(folder)).map((line) => line.slice(0, line.indexOf(","))).sort();
  try {
    await Deno.mkdir(join(folder, "notebooks"));
    await git("init", "--quiet");
    await write("clean.ipynb", []);
    await write("faces.ipynb", [{ face: 1 }]);
    await Deno.writeTextFile(join(folder, "notebooks", "notes.txt"), notebook([{ face: 1 }]));
    const found = "notebooks/faces.ipynb: found outputs of 1 cells in git's index";
    // Not yet added: as it lies there.
    assert.deepEqual(await named(), [found]);
    await git("add", "notebooks");
    assert.deepEqual(await named(), [found]);
    assert.match(
      (await committedOutputs(folder))[0]!,
      /want none; run deno task setup, then git add --renormalize notebooks$/,
    );
    // Outputs that no commit would hold are nobody's fault.
    await write("faces.ipynb", []);
    await git("add", "notebooks");
    await write("faces.ipynb", [{ face: 1 }]);
    assert.deepEqual(await named(), []);
    // Executed copies may hold outputs, but of sets whose pictures may be published.
    const copy = async (sets: readonly string[]) => {
      const executed = parseNotebook(notebook([{ picture: 1 }]), "cifar10.ipynb");
      await Deno.mkdir(join(folder, "results"), { recursive: true });
      await Deno.writeTextFile(
        join(folder, "results", "cifar10.ipynb"),
        JSON.stringify(markUnpublished(executed, sets)),
      );
      await git("add", "results");
    };
    await copy([]);
    assert.deepEqual(await named(), []);
    await copy(["UTKFace"]);
    assert.deepEqual(await committedOutputs(folder), [
      "results/cifar10.ipynb: found outputs of UTKFace in git's index, whose pictures must not be " +
      'published; run git rm --cached "results/cifar10.ipynb"',
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
