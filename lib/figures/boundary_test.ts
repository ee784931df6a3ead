import assert from "node:assert/strict";
import { imagesInMemory } from "../base/contracts.ts";
import { tf } from "../base/tf.ts";
import { ParameterSet } from "../base/module.ts";
import { rngOf } from "../base/rng.ts";
import type { TrainedNetwork } from "../chain/stages/network_job.ts";
import { MINUS_ONE_TO_ONE } from "../data/batches/batches.ts";
import {
  compareBoundaries,
  findBoundarySamples,
  scoresAlongPath,
} from "../distill/methods/bss/boundary_samples.ts";
import type { Network } from "../networks/network.ts";
import { TOY_CLASSES, toyImages, toyNetwork } from "../testing/distill.ts";
import {
  boundaryPathFigure,
  type BoundaryRun,
  boundarySamplesFigure,
  boundarySimilarityTable,
} from "./boundary.ts";

const set = toyImages(30, TOY_CLASSES);

/** Logits are the mean of each channel, times 20: its boundaries are known. */
function meansNetwork(scale = 20): Network {
  return {
    name: "means",
    parameters: new ParameterSet(),
    forward(x) {
      const output = tf.mean(x, [1, 2]).mul<tf.Tensor2D>(scale);
      return { output, features: output, taps: [] };
    },
  };
}

const judged = { network: meansNetwork(), normalisation: MINUS_ONE_TO_ONE };
const every = Array.from({ length: 30 }, (_, i) => i);

Deno.test("findBoundarySamples() of a linear network lie where two channels are as bright", () => {
  const tensors = tf.memory().numTensors;
  const rule = { stepSize: 1, overshoot: 1e-4, searchSteps: 10, stepRule: "newton" } as const;
  const samples = findBoundarySamples(judged, { set, indices: every, rule });
  assert.equal(tf.memory().numTensors, tensors);
  assert.ok(samples.every(({ outcome }) => outcome === "found" || outcome === "third class"));
  const bytes = new Uint8Array(192);
  for (const { index, base, target, outcome, gap, image, sample } of samples) {
    assert.equal(base, set.labels[index]);
    assert.notEqual(target, base);
    set.images.read(index, bytes, 0);
    assert.ok(bytes.every((level, i) => Math.abs(level - image[i]!) < 1e-3));
    if (outcome !== "found") continue;
    const meanOf = (c: number) => sample.reduce((sum, v, i) => i % 3 === c ? sum + v / 64 : sum, 0);
    // Logits are 20 · (mean / 127.5 − 1).
    assert.ok(Math.abs(20 * (meanOf(target) - meanOf(base)) / 127.5 - gap) < 1e-3);
    assert.ok(gap >= 0 && gap < 0.05, `${gap}`);
    assert.ok(sample.every((v) => v >= -1e-3 && v <= 255.001));
  }
});

Deno.test("scoresAlongPath() starts at the image, is even at the sample, and goes as far again", () => {
  const sample = findBoundarySamples(judged, { set, indices: every })
    .find(({ outcome }) => outcome === "found")!;
  const points = scoresAlongPath(judged, sample, { set, points: 5 });
  assert.deepEqual(points.map(({ share }) => share), [0, 0.5, 1, 1.5, 2]);
  for (const { scores } of points) {
    assert.ok(Math.abs(scores.reduce((sum, p) => sum + p, 0) - 1) < 1e-5);
  }
  const [first, , middle, , last] = points.map(({ scores }) =>
    scores[sample.target]! - scores[sample.base]!
  );
  assert.ok(first! < 0 && last! > 0);
  assert.ok(Math.abs(middle!) < 0.01, `${middle}`);
});

Deno.test("compareBoundaries() is 1 for the same network, and less for another", () => {
  const same = compareBoundaries(judged, judged, { set, indices: every });
  assert.ok(Math.abs(same.magnitude - 1) < 1e-6 && Math.abs(same.angle - 1) < 1e-6);
  assert.equal(same.count, same.teacherFound);
  assert.equal(same.searched, 30);
  const network = toyNetwork({ channels: 4, outputs: 3, rng: rngOf(1) });
  const other = compareBoundaries(judged, { network, normalisation: MINUS_ONE_TO_ONE }, {
    set,
    indices: every,
  });
  assert.ok(other.searched < 30 && !(other.angle > 0.999));
  network.parameters.dispose();
});

const trained = {
  title: "Teacher",
  normalisation: MINUS_ONE_TO_ONE,
  open: () => meansNetwork(),
} as unknown as TrainedNetwork;
const run = {
  dataset: { name: "toy", test: set, train: set },
  specification: { split: "test" },
  teacher: () => Promise.resolve(trained),
} as unknown as BoundaryRun;

Deno.test("boundarySamplesFigure() shows image, sample and difference of every class", async () => {
  const grid = await boundarySamplesFigure(run);
  assert.deepEqual([grid.rows, grid.columns], [3, 3]);
  assert.match(grid.finding!, /^\d of 3 searches ended in their target within 10 steps/);
  assert.match(grid.toText(), /red → (green|blue)/);
  const angles = {
    ...run,
    dataset: { test: { ...set, task: { kind: "regression" } } },
  } as unknown as BoundaryRun;
  await assert.rejects(boundarySamplesFigure(angles), /found scalar labels, want classes/);
});

Deno.test("boundaryPathFigure() tells from where on the teacher prefers the target", async () => {
  const chart = await boundaryPathFigure(run);
  assert.ok(typeof chart !== "string");
  assert.match(chart.finding!, /^From (9[0-9]|10[0-5]) percent of the way on the teacher prefers/);
  const black = {
    ...set,
    images: imagesInMemory(new Uint8Array(30 * 192), set.images.shape),
  };
  const flat = {
    ...run,
    dataset: { ...run.dataset, test: black },
    teacher: () => Promise.resolve({ ...trained, open: () => meansNetwork(0) }),
  } as unknown as BoundaryRun;
  assert.equal(await boundaryPathFigure(flat), "No search of these images ended in its target.");
});

Deno.test("boundarySimilarityTable() has a row for each student", async () => {
  const table = await boundarySimilarityTable(run, [{ title: "VGG11, BSS", network: trained }]);
  const text = table.toText();
  assert.match(text, /VGG11, BSS.*Teacher.*1\.000.*1\.000/);
});
