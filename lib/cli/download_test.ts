import assert from "node:assert/strict";
import { join } from "node:path";
import { projectFolder } from "../setup/folders.ts";

/** Runs the task with the rights that it has. */
async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(projectFolder(), "deno.json")));
  const [, ...words] = (tasks.download as string).split(" ");
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...words, ...args],
    cwd: projectFolder(),
    env: { CGAN_KD_DATA: "/no/such/folder", NO_COLOR: "1" },
  }).output();
  return { code, text: new TextDecoder().decode(stderr) };
}

Deno.test("deno task download says what to ask for where a set has no public address", async () => {
  const faces = await run("utkface");
  assert.equal(faces.code, 1);
  assert.match(
    faces.text,
    /^Nothing to download: utkface has no public address; get the aligned and cropped faces .*place the folder UTKFace\/ in "\/no\/such\/folder"/,
  );
  const chairs = await run("rc49");
  assert.equal(chairs.code, 1);
  assert.match(chairs.text, /ask them .* for RC-49_64x64_25\.h5/);
});

Deno.test("deno task download lists the sets where it is not told which", async () => {
  const none = await run();
  assert.equal(none.code, 2);
  assert.match(none.text, /Usage: deno task download cifar10\|tiny_imagenet\|utkface\|rc49/);
  const wrong = await run("cifr10");
  assert.equal(wrong.code, 2);
  assert.match(wrong.text, /did you mean "cifar10"\?/);
});
