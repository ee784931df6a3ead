import assert from "node:assert/strict";
import { join } from "node:path";
import { projectFolder } from "../../setup/folders.ts";
import { ADVICE, changesSince, readAccepted, readSources, writeAccepted } from "./deciding.ts";

Deno.test("code that decides results is as it was accepted, or versions were thought about", async () => {
  const project = projectFolder();
  const sources = await readSources(project);
  const changes = changesSince(await readAccepted(project), sources);
  assert.deepEqual(changes, [], `\n${changes.join("\n")}\n${ADVICE}`);
});

Deno.test("readSources() holds stages, parts, shared code, kernels and packages, and no code that only keeps", async () => {
  const { deciding, placesOf } = await readSources(projectFolder());
  for (
    const path of [
      "lib/chain/stages/network_stage.ts",
      "lib/distill/methods/dkd.ts",
      "lib/networks/vgg.ts",
      "lib/gan/layers/self_attention.ts",
      "lib/base/training/train_loop.ts",
      "lib/native/cpu/core/products.h",
      "@tensorflow/tfjs",
      "pngjs",
    ]
  ) assert.ok(path in deciding, `found no ${path}`);
  for (const path of Object.keys(deciding)) {
    assert.doesNotMatch(path, /_test\.ts$|^lib\/(base\/disk|setup|report|figures|cli)\//);
  }
  assert.deepEqual(placesOf("lib/distill/methods/dkd.ts"), [
    "lib/distill/methods/dkd.ts (codeVersion 2)",
  ]);
  assert.ok(placesOf("lib/distill/losses.ts").length > 1);
});

/** A line that imports a name; written so that it is no import of this file. */
function importing(name: string, from: string): string {
  return `${"import"} { ${name} } from "${from}";\n`;
}

/** A project of one stage, which imports a part, a helper and a package. */
async function withProject(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const files: Readonly<Record<string, string>> = {
      "deno.json": '{ "imports": { "jstat": "npm:jstat@1.0.0" } }',
      "lib/chain/stages/a_stage.ts": importing("b", "../../b.ts") +
        importing("net", "../../registry.ts") + importing("write", "../../base/disk/files.ts") +
        importing("jstat", "jstat") +
        "export const key = { codeVersion: 3, b, net, write, jstat };\n",
      "lib/registry.ts": `${importing("net", "./networks/net.ts")}export { net };\n`,
      "lib/networks/net.ts": `${importing("b", "../b.ts")}export const net = { b };\n`,
      "lib/b.ts": "export const b = 1;\n",
      "lib/native/cpu/one/k.cc": "int k() { return 1; }\n",
    };
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(join(folder, path, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, path), text);
    }
    await Deno.mkdir(join(folder, "lib/cli/versions"), { recursive: true });
    await writeAccepted(folder, (await readSources(folder)).deciding);
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function changesIn(folder: string): Promise<string[]> {
  return changesSince(await readAccepted(folder), await readSources(folder));
}

Deno.test("changesSince() names what changed and the versions that answer for it", async () => {
  await withProject(async (folder) => {
    const write = (path: string, text: string) => Deno.writeTextFile(join(folder, path), text);
    assert.deepEqual(await changesIn(folder), []);
    await write("lib/b.ts", "// One.\nexport const b: number = 1;\n");
    assert.deepEqual(await changesIn(folder), []);

    await write("lib/b.ts", "export const b = 2;\n");
    await write("lib/native/cpu/one/k.cc", "int k() { return 2; }\n");
    await write("deno.json", '{ "imports": { "jstat": "npm:jstat@1.0.1" } }');
    await write("lib/networks/net.ts", `${importing("b", "./c.ts")}export const net = b;\n`);
    await write("lib/networks/c.ts", "export const b = 1;\n");
    const net = "lib/networks/net.ts (no version yet)";
    const stage = "lib/chain/stages/a_stage.ts (codeVersion 3)";
    assert.deepEqual(await changesIn(folder), [
      "jstat changed: " + stage,
      "lib/b.ts changed: " + stage,
      "lib/native/cpu/one/k.cc changed: any stage may use it",
      `lib/networks/c.ts is new: ${net}`,
      `lib/networks/net.ts changed: ${net}`,
    ]);
    await writeAccepted(folder, (await readSources(folder)).deciding);
    assert.deepEqual(await changesIn(folder), []);
    await write("lib/networks/net.ts", "export const net = 1;\n");
    assert.deepEqual(await changesIn(folder), [
      "lib/networks/c.ts decides no result any more",
      `lib/networks/net.ts changed: ${net}`,
    ]);
  });
});
