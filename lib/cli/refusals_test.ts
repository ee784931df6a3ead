import assert from "node:assert/strict";
import { join } from "../base/disk/path.ts";
import { projectFolder } from "../setup/folders.ts";

/** What a task says of a command line and ends with; it loads no TensorFlow and trains nothing before that. */
async function refusalOf(task: string, ...args: string[]) {
  const { stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", join(import.meta.dirname!, `${task}.ts`), ...args],
    cwd: projectFolder(),
    env: { INIT_CWD: projectFolder() },
    stdin: "null",
  }).output();
  return { said: new TextDecoder().decode(stderr), code };
}

const REFUSED: readonly (readonly [line: string, said: RegExp])[] = [
  // A dry run of what is not Slurm would train.
  ["sweep local walkthrough --dry-run", /Cannot use --dry-run with "sweep local": it takes --pre/],
  ["sweep plan walkthrough --format csv", /Cannot use --format with "sweep plan"/],
  ["sweep slurm walkthrough --workers 2", /Cannot use --workers with "sweep slurm"/],
  ["sweep status walkthrough --cpus 2", /Cannot use --cpus with "sweep status"/],
  ["sweep collect walkthrough --watch", /Cannot use --watch with "sweep collect"/],
  ["sweep work folder stage --preset desk", /Cannot use --preset with "sweep work"/],
  ["run walkthrough --options --fresh", /Cannot use --fresh with --options/],
  ["run walkthrough --options --seeds 3", /Cannot use --seeds with --options/],
  ["export walkthrough --part teacher --cells VGG11", /Cannot use --cells with --part teacher/],
  ["results walkthrough seeds=3", /Cannot tell the experiment: found "walkthrough", "seeds=3"/],
  ["results --report --paired", /Cannot use --paired with --report/],
  [
    "tracking lib --tensorboard board",
    /Cannot read the log "[^"]*lib": found a folder, want a file/,
  ],
  [
    "tracking deno.json --tensorboard board",
    /Cannot read log "[^"]*": found no event in \d+ lines/,
  ],
  ["doctor everything", /Cannot use "everything": want no word/],
  ["versions a=b", /Cannot use "a=b": want no word/],
];

for (const [line, said] of REFUSED) {
  Deno.test(`deno task ${line} is refused, and says why`, async () => {
    const [task, ...args] = line.split(" ");
    const found = await refusalOf(task!, ...args);
    assert.match(found.said, said);
    assert.match(found.said, /Usage: deno task /);
    assert.equal(found.code, 2);
  });
}

Deno.test("tasks that take files take those with an equals sign in their name", async () => {
  const lines = ["predict student-none rho=0.9.png", "verify rho=0.9.json"];
  lines.push("tracking rho=0.9.jsonl --tensorboard board");
  const said = await Promise.all(
    lines.map(async (line) => {
      const [task, ...args] = line.split(" ");
      return (await refusalOf(task!, ...args)).said;
    }),
  );
  assert.match(said[0]!, /Cannot find the network "student-none"/);
  assert.match(said[1]!, /Cannot find record "[^"]*rho=0\.9\.json": no such file/);
  assert.match(said[2]!, /Cannot read the log "[^"]*rho=0\.9\.jsonl": found no such file/);
});

Deno.test("tasks that want an experiment, a notebook or a data set name those that there are", async () => {
  assert.match((await refusalOf("results")).said, /found none, want one of cifar10, distillers, /);
  assert.match((await refusalOf("notebook")).said, /found none, want one of 00_walkthrough, /);
  assert.match((await refusalOf("download")).said, /found none, want one of cifar10, /);
});
