import assert from "node:assert/strict";
import { join } from "../base/disk/path.ts";
import { DATA_VARIABLE } from "../setup/folders.ts";
import { measure } from "../distill/train_student.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import { Gate } from "./gate.ts";
import { openRun } from "./open_run.ts";
import type { ExperimentRun } from "./run.ts";
import type { RunOptions } from "./run_options.ts";
import type { Session } from "./session.ts";
import { tinyImagenet } from "../experiments/tiny_imagenet.ts";
import { utkface } from "../experiments/utkface.ts";

Deno.test("openRun() refuses bad input before it loads data or computes", async () => {
  const results = await Deno.makeTempDir();
  const opening = (options: RunOptions) => openRun(cifar10, { results, ...options });
  try {
    await assert.rejects(opening({ preset: "fast" }), {
      message: 'Cannot find preset "fast": known names are "smoke", "quick", "desk", "paper"',
    });
    await assert.rejects(opening({ preset: "desk", setting: "C-30K" }), {
      name: "RangeError",
      message: 'Cannot run setting "C-30K" at preset "desk": known settings are "C-10K"',
    });
    await assert.rejects(
      opening({ preset: "desk", changes: { "filterTeacher.network": "vgg12" } }),
      {
        name: "RangeError",
        message: /^Cannot use filterTeacher\.network = "vgg12": want one of "vgg11", /,
      },
    );
    await assert.rejects(opening({ preset: "desk", changes: { "synthesis.rho.C-10K": "0" } }), {
      name: "RangeError",
      message: "Cannot use synthesis.rho.C-10K = 0: want a number in (0, 1]",
    });
    assert.deepEqual([...Deno.readDirSync(results)], []);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});

Deno.test("openRun() stops loading with its session", async () => {
  const folder = await Deno.makeTempDir();
  const before = Deno.env.get(DATA_VARIABLE);
  Deno.env.set(DATA_VARIABLE, folder);
  try {
    await Deno.mkdir(join(folder, "UTKFace"));
    await Deno.writeTextFile(join(folder, "UTKFace", "1_0_0_20170109150557335.jpg"), "no face");
    const session: Session = {
      progress: () => {},
      signal: AbortSignal.abort(new Error("enough")),
      live: (work) => work,
    };
    const opening = openRun(utkface, { preset: "desk", results: folder, session });
    await assert.rejects(opening, { message: "enough" });
  } finally {
    if (before === undefined) Deno.env.delete(DATA_VARIABLE);
    else Deno.env.set(DATA_VARIABLE, before);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("openRun() of a notebook ends without data in one sentence, without a stack", async () => {
  const folder = await Deno.makeTempDir();
  const before = Deno.env.get(DATA_VARIABLE);
  Deno.env.set(DATA_VARIABLE, folder);
  try {
    const session = {
      progress: () => {},
      signal: new AbortController().signal,
      live: <T>(work: Promise<T>) => work,
    };
    const stackOf = (session: Session) =>
      openRun(tinyImagenet, { results: folder, session }).then(() => "", ({ stack }) => stack);
    // Only notebooks have a gate.
    assert.match(
      await stackOf({ ...session, gate: new Gate() }),
      /^NotFound: Cannot find Tiny-ImageNet: [^\n]*deno task download tiny_imagenet[^\n]*$/,
    );
    assert.match(await stackOf(session), /\n\s+at /);
  } finally {
    if (before === undefined) Deno.env.delete(DATA_VARIABLE);
    else Deno.env.set(DATA_VARIABLE, before);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("openRun() measures what is trained already on images that the setting leaves out", async () => {
  const results = await Deno.makeTempDir();
  try {
    const made: string[] = [];
    const shown: string[] = [];
    const opening = (split: string) =>
      openRun(cifar10, {
        preset: "smoke",
        results,
        changes: {
          students: '[{"network": "vgg11", "width": 0.0625}]',
          "studentTraining.epochs": "1",
          "studentTraining.milestones": "[]",
          split,
        },
        session: {
          progress({ stage, state, metrics }) {
            if (state === "done") made.push(stage);
            if ("test" in metrics) shown.push(stage);
          },
          signal: new AbortController().signal,
          live: (work) => work,
        },
      });
    const studentOf = async (run: ExperimentRun) =>
      await run.student(run.choices({ cells: "vgg11, NOKD" })[0]!);
    const onTest = await studentOf(await opening("test"));
    made.length = 0;
    const unused = await opening("unused");
    const onUnused = await studentOf(unused);
    assert.deepEqual(made, []);
    assert.equal(onUnused.network.artifact.id, onTest.network.artifact.id);
    assert.equal(onUnused.record.cell.setting, "toy, unused");
    assert.notEqual(onUnused.record.data.checksum, onTest.record.data.checksum);
    const network = onTest.network.open();
    const { normalisation } = onTest.network;
    const { test, others } = unused.dataset;
    assert.equal(onUnused.record.value, await measure(network, test, normalisation));
    network.parameters.dispose();
    // As many again are left for the control that puts them in the place of fakes.
    assert.ok(others !== "none");
    assert.equal(others().labels.length, test.labels.length);
    // Whoever chooses does not see the error on test images, which the store keeps.
    assert.ok(shown.length > 0);
    shown.length = 0;
    await unused.student(unused.choices({ cells: "vgg11, cGAN-KD" })[0]!);
    assert.deepEqual(shown, []);
    assert.deepEqual(onUnused.network.curve.map(({ test: error }) => error), [
      onUnused.network.test,
    ]);
    assert.match(unused.experiment.metric.title, /^held-out/);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});

Deno.test("openRun() keeps test images out of what is chosen on held-out training images", async () => {
  const results = await Deno.makeTempDir();
  try {
    const changes = {
      students: '[{"network": "vgg11", "width": 0.0625}]',
      "studentTraining.batch": "8",
      "studentTraining.epochs": "1",
      "studentTraining.milestones": "[]",
    };
    const opening = (changed: Record<string, string> = {}) =>
      openRun(cifar10, { preset: "smoke", results, changes: { ...changes, ...changed } });
    const onTest = await opening();
    const onHeldOut = await opening({ split: "validation" });
    const { subtrain, subvalid } = onTest.dataset;
    assert.equal(onHeldOut.dataset.train.labels.length, subtrain.length);
    assert.equal(onHeldOut.dataset.test.labels.length, subvalid.length);
    assert.match(onHeldOut.experiment.metric.title, /^validation/);
    const [choice] = onHeldOut.choices({ cells: "vgg11, NOKD" });
    const { record } = await onHeldOut.student(choice!);
    assert.equal(record.cell.setting, `${onTest.context.setting}, validation`);
    assert.notEqual(record.data.checksum, onTest.dataset.checksum);
    await assert.rejects(opening({ split: "train" }), /split.*"test", "validation", "unused"/);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});
