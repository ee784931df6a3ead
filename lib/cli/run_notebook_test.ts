import assert from "node:assert/strict";
import { join } from "node:path";
import { hasKernel } from "../setup/jupyter_kernel.ts";
import { hasPythonSite } from "../setup/python_site.ts";
import { terminal } from "../setup/terminal.ts";
import { type Notebook, parseNotebook, unpublishedIn } from "./notebook_file.ts";
import { liveView, runNotebook } from "./run_notebook.ts";

const OPENED_SETS_MODULE = new URL("../base/disk/opened_sets.ts", import.meta.url).href;

const NOTEBOOK: Notebook = {
  cells: [
    { cell_type: "markdown", metadata: {}, source: "## Students" },
    { cell_type: "code", id: "a", metadata: {}, source: "train()", outputs: [] },
  ],
  metadata: {},
  nbformat: 4,
  nbformat_minor: 5,
};

/** What the parameter cell of a notebook declares, each in a line. */
const DECLARED = ["preset", "setting", "fresh", "changes"]
  .map((name) => `let ${name} = "";`)
  .join("\n");

Deno.test("liveView() shows headers, text, and each finished stage once", () => {
  let shown = "";
  const out = terminal((text) => shown += text, 0);
  const view = liveView({ notebook: NOTEBOOK, out });
  view({ event: "cell", index: 1 });
  view({ event: "stream", stream: "stdout", text: "a\nb\n" });
  view({ event: "display", live: true, text: "✓ teacher: trained in 2 s\nstudent ██░░ 50 %" });
  view({ event: "display", live: true, text: "✓ teacher: trained in 2 s\nstudent ███░ 75 %" });
  view({ event: "failed", name: "RangeError", value: "rho" });
  assert.deepEqual(shown.split("\n"), [
    "[1/1] Students (0 s so far)",
    "  a",
    "  b",
    "  ✓ teacher: trained in 2 s",
    "  student ██░░ 50 %",
    "Failed: Students: RangeError: rho",
    "",
  ]);
});

// The real kernel, where set-up was done.
const isReady = await hasKernel() && await hasPythonSite().catch(() => false);

Deno.test({
  name: "runNotebook() passes parameters, keeps the copy and figures, and fails with a cell",
  ignore: !isReady,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      const cell = (source: string, tags: string[] = []) => ({
        cell_type: "code",
        id: crypto.randomUUID().slice(0, 8),
        metadata: { tags },
        execution_count: null,
        outputs: [],
        source,
      });
      const write = (name: string, last: string) =>
        Deno.writeTextFile(
          join(folder, name),
          JSON.stringify({
            cells: [
              cell(DECLARED, ["parameters"]),
              cell(
                "await Deno.jupyter.broadcast('display_data', { data: { 'image/svg+xml': " +
                  '`<svg id="${preset}${fresh}"/>` }, metadata: {}, transient: {} });\n' +
                  "await new Promise((resolve) => setTimeout(resolve, 50));",
                ["expects:image/svg+xml"],
              ),
              cell(last),
            ],
            metadata: {
              kernelspec: { name: "deno", display_name: "Deno", language: "typescript" },
            },
            nbformat: 4,
            nbformat_minor: 5,
          }),
        );
      await write("sound.ipynb", "console.log(1)");
      await write("unsound.ipynb", "throw new Error('boom')");
      const parameters = { preset: "smoke", fresh: true, changes: {} };
      const run = (name: string) =>
        runNotebook({ path: join(folder, name), parameters, results: join(folder, "results") });
      const sound = await run("sound.ipynb");
      assert.equal(sound.code, 0);
      assert.equal(sound.copy, join(folder, "results", "sound", "smoke", "sound.ipynb"));
      const figures = Array.from(Deno.readDirSync(sound.figures!), ({ name }) => name);
      assert.equal(figures.length, 1);
      assert.equal(
        await Deno.readTextFile(join(sound.figures!, figures[0]!)),
        '<svg id="smoketrue"/>',
      );
      assert.deepEqual(sound.unpublished, []);
      // The same notebook, with a data set of another kind.
      const open = (mayBePublished: boolean) =>
        `const { tellOpenedSet } = await import("${OPENED_SETS_MODULE}");\n` +
        `tellOpenedSet({ name: "faces", mayBePublished: ${mayBePublished} });`;
      await write("sound.ipynb", open(true));
      assert.equal((await run("sound.ipynb")).copy, sound.copy);
      const published = await Deno.readTextFile(sound.copy!);
      await write("sound.ipynb", open(false));
      const faces = await run("sound.ipynb");
      const heldBack = join(folder, "results", "unpublished", "sound", "smoke");
      assert.deepEqual(faces, {
        code: 0,
        copy: join(heldBack, "sound.ipynb"),
        figures: join(heldBack, "figures"),
        unpublished: ["faces"],
      });
      const kept = parseNotebook(await Deno.readTextFile(faces.copy!), faces.copy!);
      assert.deepEqual(unpublishedIn(kept), ["faces"]);
      assert.equal(await Deno.readTextFile(sound.copy!), published);
      const unsound = await run("unsound.ipynb");
      assert.equal(unsound.code, 1);
      assert.match(await Deno.readTextFile(unsound.copy!), /boom/);
      assert.match(unsound.copy!, /unsound\.failed\.ipynb$/);
      // As errors appear that no cell awaits: an output, while the cell itself ends well.
      await write(
        "lost.ipynb",
        "await Deno.jupyter.broadcast('error', { ename: 'Lost', evalue: 'nobody waits', traceback: [] });\n" +
          "await new Promise((resolve) => setTimeout(resolve, 50));",
      );
      const lost = await run("lost.ipynb");
      assert.equal(lost.code, 1);
      assert.match(lost.copy!, /lost\.failed\.ipynb$/);
      assert.match(await Deno.readTextFile(lost.copy!), /nobody waits/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("runNotebook() asks before it runs anything whether it may write", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "a.ipynb");
    const parameters = { cell_type: "code", metadata: { tags: ["parameters"] }, outputs: [] };
    await Deno.writeTextFile(
      path,
      JSON.stringify({
        ...NOTEBOOK,
        cells: [{ ...parameters, source: DECLARED }],
      }),
    );
    const results = join(folder, "results");
    await Deno.writeTextFile(results, "");
    await assert.rejects(
      runNotebook({ path, parameters: { preset: "smoke", fresh: false, changes: {} }, results }),
      /^Error: Cannot write to ".*results.*smoke": /,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
