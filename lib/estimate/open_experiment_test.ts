import assert from "node:assert/strict";
import type { RunOptions } from "../chain/run.ts";
import type { Session } from "../chain/session.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import { resolve } from "../experiments/specification/experiment.ts";
import { estimateRun } from "./estimate.ts";
import { openExperiment } from "./open_experiment.ts";

Deno.test("openExperiment() says at preset paper what a run will take, and makes nothing", async () => {
  const results = await Deno.makeTempDir();
  const told: string[] = [];
  const session: Session = {
    progress: () => {},
    signal: new AbortController().signal,
    live: (work) => work,
    async tell(output) {
      const bundle = typeof output === "string" ? { "text/plain": output } : await output.bundle();
      told.push(bundle["text/plain"] as string);
    },
  };
  // On toy images, as if the smallest preset were the paper's.
  const toy = { ...cifar10, paper: resolve(cifar10, "smoke") };
  const changes = {
    seeds: "[1, 2]",
    students: '[{"network": "vgg11", "width": 0.0625}]',
    distillers: '["nokd"]',
    trainOn: '["real"]',
    "studentTraining.batch": "8",
  };
  const opening = (preset: string, options: RunOptions = {}) =>
    openExperiment(toy, { preset, results, changes, session, ...options });
  try {
    const run = await opening("paper");
    assert.equal(told.length, 2);
    assert.match(told[0]!, /^Measuring what toy will take/);
    assert.match(told[1]!, /student VGG11, NOKD on real/);
    assert.match(told[1]!, /About .* on this machine .* GB of memory/);
    const { rows, memory, hours } = await estimateRun(run);
    assert.deepEqual(rows.map(({ stage, runs, held }) => [stage, runs, held]), [
      ["student VGG11, NOKD on real", 2, 0],
    ]);
    assert.ok(memory > 0 && hours > 0);
    await assert.rejects(opening("paper", { cells: "BLKD" }), /known cells are "vgg11, NOKD"$/);
    await opening("smoke");
    assert.equal(told.length, 2);
    assert.deepEqual([...Deno.readDirSync(results)], []);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});
