import assert from "node:assert/strict";
import { join } from "../base/disk/path.ts";
import type { RunOptions } from "../chain/run_options.ts";
import { Gate } from "../chain/gate.ts";
import type { Session } from "../chain/session.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import { encodePng } from "../data/files/image_file.ts";
import { ownImages } from "../experiments/own_images.ts";
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

Deno.test("openExperiment() tells what follows by rule, and but for notebooks, which have a table, what is left out", async () => {
  const folder = await Deno.makeTempDir();
  const pets = join(folder, "pets");
  for (const name of ["cat", "dog"]) {
    await Deno.mkdir(join(pets, name), { recursive: true });
    for (let i = 0; i < 40; i++) {
      const pixels = new Uint8Array(8 * 8 * 3).fill(i);
      await Deno.writeFile(
        join(pets, name, `${i}.png`),
        encodePng({ width: 8, height: 8, pixels }),
      );
    }
  }
  await Deno.mkdir(join(pets, "fox"));
  await Deno.writeTextFile(join(pets, "names.txt"), "Tom");
  const told: unknown[] = [];
  const session: Session = {
    progress: () => {},
    signal: new AbortController().signal,
    live: (work) => work,
    tell: (output) => Promise.resolve(void told.push(output)),
  };
  const opening = (session: Session) =>
    openExperiment(ownImages, {
      preset: "smoke",
      results: folder,
      session,
      changes: {
        dataset: JSON.stringify({ name: "image_folder", path: pets, size: 32 }),
        "synthesis.fakes": "40",
      },
    });
  try {
    await opening(session);
    // 64 training images: batches of a quarter, epochs times sqrt(4000 / 64); M^g was changed, and stays.
    const rule = told.shift();
    assert.match(
      String(rule),
      /^Set by rule from the number of images and labels, except what you changed: teacherTraining\.epochs=24 .*synthesis\.perLabel=200\nErrors are measured on 16 test images, so one image is 6\.3 points: smaller differences say nothing$/,
    );
    assert.doesNotMatch(String(rule), /synthesis\.fakes/);
    assert.deepEqual(told, [
      'pets: 1 of 81 files left out (no class): "names.txt"',
      'pets: class "fox" has no images: left out',
    ]);
    await opening({ ...session, gate: new Gate() });
    const [records, again, ...others] = told.slice(2);
    assert.match(String(records), /^Records go to [^:]+$/);
    assert.deepEqual([again, others], [rule, []]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("openExperiment() says which changes are for another setting and change nothing", async () => {
  const results = await Deno.makeTempDir();
  const told: unknown[] = [];
  const session: Session = {
    progress: () => {},
    signal: new AbortController().signal,
    live: (work) => work,
    tell: (output) => Promise.resolve(void told.push(output)),
  };
  const opening = (changes: Record<string, string>) =>
    openExperiment(cifar10, { preset: "smoke", results, session, changes });
  try {
    const { specification } = await opening({
      "gan.steps.C-10K": "7000",
      "synthesis.rho.toy": "0.9",
      "gan.steps.toy": "8",
    });
    assert.deepEqual(told, [
      'gan.steps.C-10K changes nothing here: the setting of this run is "toy", for which gan.steps.toy = 8 counts',
    ]);
    assert.equal(specification.gan.steps["C-10K"], 7000);
    told.length = 0;
    await opening({ "gan.steps.toy": "8" });
    assert.deepEqual(told, []);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});
