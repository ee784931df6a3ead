import assert from "node:assert/strict";
import { cifar10 } from "../experiments/cifar10.ts";
import { rc49 } from "../experiments/rc49.ts";
import { PRESETS, resolve } from "../experiments/specification/experiment.ts";
import { NO_FAKES } from "./ablation.ts";
import { ABLATIONS } from "./registry.ts";

/** Of C-10K. */
const SIZES = { real: 10_000, labels: 10 };

for (const [name, ablation] of Object.entries(ABLATIONS)) {
  Deno.test(`ablation ${name} begins without fakes, and every preset takes its points`, () => {
    assert.equal(ablation.name, name);
    assert.match(ablation.what, /^[A-Z].*\.$/);
    for (const [experiment, labels] of [[cifar10, 10], [rc49, 450]] as const) {
      for (const preset of PRESETS) {
        const { settings: [setting] } = resolve(experiment, preset);
        const specification = resolve(experiment, preset, {}, setting);
        const pool = labels * specification.synthesis.perLabel;
        const real = experiment === cifar10 ? 10_000 : 11_250;
        const points = ablation.points({ specification, setting: setting!, pool, real, labels });
        const [first, ...rest] = points;
        if (!name.startsWith("real")) assert.equal(first!.label, NO_FAKES);
        assert.equal(first!.trainOn, "real");
        assert.equal(new Set(points.map(({ label }) => label)).size, points.length);
        for (const { changes, value, against } of rest) {
          resolve(experiment, preset, changes, setting);
          if (against !== undefined) {
            const base = points.find(({ label }) => label === against);
            assert.equal(base!.trainOn, "real");
          }
          assert.equal(value === undefined, ablation.x.scale === "names");
        }
      }
    }
  });
}

Deno.test("fakes goes from none to the experiment's M^g in ten values", () => {
  const specification = resolve(cifar10, "quick");
  const points = ABLATIONS["fakes"]!.points({
    ...SIZES,
    specification,
    setting: "C-10K",
    pool: 15_000,
  });
  assert.deepEqual(points.map(({ value }) => value), [
    0,
    120,
    600,
    1200,
    2400,
    3600,
    4800,
    7200,
    9600,
    12_000,
  ]);
});

Deno.test("rho has one M^g at every point, as many as its strictest filter leaves", () => {
  const specification = resolve(cifar10, "quick");
  const input = { ...SIZES, specification, setting: "C-10K", pool: 15_000 };
  const [, ...points] = ABLATIONS["rho"]!.points(input);
  assert.equal(points.length, 10);
  assert.deepEqual(
    [...new Set(points.map(({ changes }) => changes["synthesis.fakes"]))],
    ["1499"],
  );
  assert.equal(points[0]!.changes["synthesis.rho.C-10K"], "0.1");
  const unfiltered = resolve(cifar10, "quick", { "synthesis.steps": '["subsample"]' });
  assert.throws(
    () => ABLATIONS["rho"]!.points({ ...input, specification: unfiltered }),
    /Cannot vary rho: found synthesis.steps = \["subsample"\]/,
  );
});

Deno.test("the paper's points stand at points of the ablation", () => {
  const query = { dataset: "CIFAR-10", setting: "C-10K", student: "VGG11" };
  const specification = resolve(cifar10, "desk");
  const { points, published } = ABLATIONS["components"]!;
  const labels = points({ ...SIZES, specification, setting: "C-10K", pool: 1 }).map(({ label }) =>
    label
  );
  const found = published!(query);
  assert.equal(found.length, 5);
  for (const { label } of found) assert.ok(labels.includes(label!), `${label}`);
  assert.equal(found.find(({ label }) => label === NO_FAKES)!.error, 18.57);
  const counts = ABLATIONS["fakes"]!.published!(query);
  assert.equal(counts.find(({ value }) => value === 0)!.error, 18.57);
});

Deno.test("real has each N with and without fakes, and a generator of as many steps or epochs", () => {
  const specification = resolve(cifar10, "desk");
  const input = { ...SIZES, specification, setting: "C-10K", pool: 50_000 };
  const points = ABLATIONS["real"]!.points(input);
  assert.deepEqual(points.map(({ value }) => value), [
    500,
    500,
    1000,
    1000,
    2000,
    2000,
    5000,
    5000,
    10_000,
    10_000,
  ]);
  assert.deepEqual(points[0]!.changes, { trainImages: "500" });
  assert.deepEqual(points[1]!.changes, points[0]!.changes);
  assert.equal(points[1]!.against, points[0]!.label);
  assert.deepEqual(points[9]!.changes, {});
  const epochs = ABLATIONS["real-epochs"]!.points(input)[1]!.changes;
  assert.deepEqual(epochs, {
    trainImages: "500",
    "gan.steps.C-10K": "400",
    "gan.average.start": "10",
    "gan.release": "200",
    "gan.guide.start": "75",
    "gan.judgeEvery": "25",
  });
  // 450 labels of five images each, and later of one or less.
  const few5 = { ...input, specification: resolve(rc49, "desk", {}, "R-5"), setting: "R-5" };
  const scalars = ABLATIONS["real"]!.points({ ...few5, real: 2250, labels: 450 });
  assert.deepEqual([...new Set(scalars.map(({ value }) => value))], [113, 225, 450, 1125, 2250]);
  assert.equal(scalars[0]!.changes["ratio.batch"], "113");
  const own = ABLATIONS["real"]!.points({ ...few5, real: 64, labels: 64 });
  assert.deepEqual(own.map(({ value }) => value), [64, 64]);
  const falling = resolve(cifar10, "desk", {
    "gan.decay": '{"start":4000,"halving":1000}',
    "gan.guide.start": "0",
  });
  const falls = ABLATIONS["real-epochs"]!.points({ ...input, specification: falling })[1]!.changes;
  assert.equal(falls["gan.decay.start"], "200");
  assert.equal(falls["gan.decay.halving"], "50");
  assert.equal(falls["gan.guide.start"], "0");
  const diffusion = resolve(cifar10, "desk", { "gan.family": "diffusion", "gan.warmUp": "500" });
  const warm = ABLATIONS["real-epochs"]!.points({ ...input, specification: diffusion })[1]!.changes;
  assert.equal(warm["gan.warmUp"], "25");
  // 100 images give no batch of 128.
  const few = ABLATIONS["real"]!.points({ ...input, real: 200 })[0]!;
  assert.equal(few.changes["trainImages"], "100");
  assert.equal(few.changes["teacherTraining.batch"], "100");
});

Deno.test("generator has both families at growing lengths", () => {
  const specification = resolve(cifar10, "desk");
  const [, ...points] = ABLATIONS["generator"]!.points({
    ...SIZES,
    specification,
    setting: "C-10K",
    pool: 50_000,
  });
  assert.deepEqual(
    points.map(({ changes }) => [changes["gan.family"], changes["gan.steps.C-10K"]]),
    [
      ...["1000", "2000", "4000", "8000"].map((steps) => [undefined, steps]),
      ...["1000", "2000", "4000", "8000"].map((steps) => ["diffusion", steps]),
    ],
  );
});
