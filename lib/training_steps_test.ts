import assert from "node:assert/strict";
import { join } from "./base/disk/path.ts";
import { startWatching } from "./bench/kernels/watch.ts";
import { trainStudent } from "./distill/train_student.ts";
import { backendInfo, THREADS_VARIABLE } from "./native/tensorflow/backend.ts";
import { hasOwnConvolutions, hasOwnKernels } from "./native/tensorflow/own_kernels.ts";
import { DISTILLERS } from "./registry.ts";
import { toyStages } from "./testing/distill.ts";
import type { KindReport } from "./testing/training/program.ts";

const PROGRAM = new URL(import.meta.resolve("./testing/training/program.ts")).pathname;

/** Two steps of every kind in a process of its own. */
async function reports(threads: number): Promise<KindReport[]> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--allow-all", PROGRAM],
    cwd: join(import.meta.dirname!, ".."),
    env: { [THREADS_VARIABLE]: `${threads}` },
    stdout: "piped",
    stderr: "piped",
  }).output();
  const [text, problems] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.ok(success, String(problems));
  return text!.trim().split("\n").map((line) => JSON.parse(line));
}

/** Names in backticks of a section's table, without its head. */
async function listed(heading: string): Promise<string[]> {
  const page = await Deno.readTextFile(join(import.meta.dirname!, "native", "README.md"));
  const section = page.split(`## ${heading}\n`)[1]!.split("\n## ")[0]!;
  const rows = section.split("\n").filter((line) => line.startsWith("|")).slice(2);
  return rows.flatMap((row) => Array.from(row.matchAll(/`(\w+)`/g), ([, name]) => name!));
}

/** Kernels of TensorFlow that methods of several stages, or with networks of their own, run on toys. */
async function kernelsOfStagedMethods(): Promise<Set<string>> {
  const kernels = new Set<string>();
  const stop = startWatching(({ name }) => kernels.add(name));
  try {
    for (const { make } of Object.values(DISTILLERS)) {
      const method = make();
      const { before, needs: { teacher, peers } } = method;
      if (before === undefined && teacher === "frozen" && peers === undefined) continue;
      const stages = await toyStages(method);
      await trainStudent(stages.at(-1)!.make());
    }
  } finally {
    stop();
  }
  return kernels;
}

const ignore = backendInfo.device !== "CPU" || !hasOwnKernels;
const isOurs = (name: string) => name.startsWith("CganKd");

Deno.test({
  name: "two steps of every kind of training leave the same bits with one, two and three threads",
  ignore,
  async fn(context) {
    const one = await reports(1);
    assert.ok(one.length >= 50);
    assert.equal(new Set(one.map(({ bits }) => bits)).size, one.length, "two kinds are one");
    for (const threads of [2, 3]) {
      const differing = (await reports(threads)).filter(({ bits }, i) => bits !== one[i]!.bits);
      assert.deepEqual(differing.map(({ name }) => name), [], `${threads} threads`);
    }

    await context.step(
      "kernels of TensorFlow that they run are listed, and no others",
      async () => {
        const run = new Set(one.flatMap(({ kernels }) => kernels));
        for (const name of await kernelsOfStagedMethods()) run.add(name);
        const all = await listed("Kernels of TensorFlow in training steps");
        assert.equal(new Set(all).size, all.length);
        // Where vectors are of sixteen floats ours do all convolutions.
        const list = all.filter((name) => !(hasOwnConvolutions && name.startsWith("Conv2D")));
        const found = [...run].filter((name) => !isOurs(name)).sort();
        assert.deepEqual(found, list.sort());
      },
    );
  },
});
