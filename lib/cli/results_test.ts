import assert from "node:assert/strict";
import { fromCSV } from "arquero";
import { join } from "../base/disk/path.ts";

Deno.test("deno task results --format csv prints rows that arquero reads, and no empty one", async () => {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", join(import.meta.dirname!, "results.ts")]
      .concat("cifar10", "--format", "csv"),
  }).output();
  assert.ok(success);
  const text = new TextDecoder().decode(stdout);
  assert.match(text, /[^\n]\n$/);
  const methods = fromCSV(text).array("method") as unknown[];
  assert.ok(methods.length > 0 && methods.every((method) => typeof method === "string"));
});

Deno.test("deno task results --report takes no experiment beside it, and writes nothing then", async () => {
  const { stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", join(import.meta.dirname!, "results.ts")]
      .concat("cifar10", "--preset", "desk", "--report"),
  }).output();
  assert.equal(code, 2);
  assert.match(
    new TextDecoder().decode(stderr),
    /Cannot use cifar10, --preset with --report: it is of all experiments and presets/,
  );
});

Deno.test("deno task results names the presets that have records where the asked one has none", async () => {
  // Whole runs of the paper take days on a GPU, and are not in version control.
  const { stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", join(import.meta.dirname!, "results.ts")]
      .concat("cifar10", "--preset", "paper"),
  }).output();
  assert.equal(code, 2);
  assert.match(
    new TextDecoder().decode(stderr),
    /run "deno task run cifar10 --preset paper" first, or ask for .*: .*--preset quick, --preset desk/,
  );
});

Deno.test("deno task results shows no change that the preset makes itself", async () => {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", join(import.meta.dirname!, "results.ts")]
      .concat("cifar10", "--preset", "desk", "--format", "csv"),
  }).output();
  assert.ok(success);
  const rows = fromCSV(new TextDecoder().decode(stdout)).objects() as {
    method: string;
    changes?: string | null;
  }[];
  const [fakes] = rows.filter(({ method }) => method === "cGAN-KD");
  // Its record says which students were chosen, of those that the preset has.
  assert.ok(
    fakes !== undefined && !(fakes.changes ?? "").includes("students"),
    fakes?.changes ?? "",
  );
});
