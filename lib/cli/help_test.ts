import assert from "node:assert/strict";
import { join } from "node:path";
import { projectFolder } from "../setup/folders.ts";

const { tasks }: { tasks: Readonly<Record<string, string>> } = JSON.parse(
  Deno.readTextFileSync(join(projectFolder(), "deno.json")),
);

/** Arguments of Deno that start a task's program, with the rights that the task gives it; undefined where it has none. */
function programOf(task: string): string[] | undefined {
  const [deno, ...args] = task.split(" && ").at(-1)!.split(" ");
  return deno === "deno" && args[0] === "run" ? args : undefined;
}

/** What a task's program prints and ends with; set-up, which comes before it, is left out. */
async function answerOf(program: readonly string[], word: string) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...program, word],
    cwd: projectFolder(),
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, printed: text(stdout), complaints: text(stderr) };
}

const programs = Object.entries(tasks).flatMap(([name, command]) => {
  const program = programOf(command);
  return program === undefined ? [] : [{ name, program }];
});

Deno.test("deno.json has no task that this test overlooks", () => {
  const others = Object.keys(tasks).filter((task) => programs.every(({ name }) => name !== task));
  // Commands of Deno itself, which answer --help on their own.
  assert.deepEqual(others, ["fmt", "lint", "check"]);
});

for (const { name, program } of programs) {
  Deno.test(`deno task ${name} --help prints its usage and ends with 0`, async () => {
    const { code, printed, complaints } = await answerOf(program, "--help");
    assert.equal(complaints, "");
    assert.equal(code, 0);
    assert.match(printed, /^Usage: deno task /);
    assert.match(printed, new RegExp(`deno task ${name}\\b`));
  });
}
