import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages, type Regression } from "../base/contracts.ts";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { snapshot, TOY_TASK, toyImages, toyNetwork } from "../testing/density_ratio.ts";
import { adjustLabels } from "./adjust.ts";
import { filterByTeacher } from "./filter.ts";
import { askTeacher, selectOpinion, type TeacherOpinion } from "./teacher_opinion.ts";

const AGES: Regression = {
  kind: "regression",
  minimum: 1,
  maximum: 60,
  scale: 60,
  unit: "years",
  labels: [1, 2, 3],
};
const NORMALISATION = { mean: [0.5], std: [0.25] };

/** One black pixel per image; the first byte is its position. */
function setOf(labels: number[], task: LabelledImages["task"] = TOY_TASK): LabelledImages {
  const bytes = Uint8Array.from(labels.flatMap((_, i) => [i, 0, 0]));
  const shape = { height: 1, width: 1, channels: 3 };
  return {
    images: imagesInMemory(bytes, shape),
    labels: Float32Array.from(labels),
    task,
    origin: "fake",
  };
}

function opinionOf(scores: number[], predicted: number[] = scores.map(() => 0)): TeacherOpinion {
  return { scores: Float32Array.from(scores), predicted: Float32Array.from(predicted) };
}

const kept = (scores: number[], rho: number, tie?: "strict" | "rank") => {
  const input = { set: setOf(scores.map((_, i) => i % 3)), opinion: opinionOf(scores) };
  return [...filterByTeacher(input, { rho, tie }).kept];
};

Deno.test("filterByTeacher() keeps fakes below the interpolated quantile", () => {
  // Sorted 1 … 5; position 0.6 · 4 = 2.4 lies at 3.4: 1, 2 and 3 stay.
  const input = { set: setOf([0, 1, 2, 0, 1]), opinion: opinionOf([3, 5, 1, 4, 2]) };
  for (const tie of ["strict", "rank"] as const) {
    const result = filterByTeacher(input, { rho: 0.6, tie });
    assert.ok(Math.abs(result.cutOff - 3.4) < 1e-6);
    assert.deepEqual([...result.kept], [0, 2, 4]);
    assert.deepEqual([...result.set.labels], [0, 2, 1]);
    assert.deepEqual([...result.opinion.scores], [3, 1, 2]);
    const byte = new Uint8Array(3);
    result.set.images.read(1, byte, 0);
    assert.equal(byte[0], 2);
  }
  // 0.5 · 4 = 2 is the third score itself, which is not below itself.
  assert.deepEqual(kept([3, 5, 1, 4, 2], 0.5, "strict"), [2, 4]);
  assert.deepEqual(kept([3, 5, 1, 4, 2], 0.5, "rank"), [2, 4]);
});

Deno.test("filterByTeacher() with a cut-off for each label keeps its share of every label", () => {
  // Class 1 is hard: of all fakes together none of it would pass.
  const input = {
    set: setOf([0, 1, 0, 1, 0, 1, 0, 1, 1]),
    opinion: opinionOf([1, 10, 2, 30, 3, 20, 4, 40, 50]),
  };
  const global = filterByTeacher(input, { rho: 0.4 });
  assert.deepEqual([...global.set.labels], [0, 0, 0, 0]);
  assert.equal(global.cutOffs, undefined);
  for (const tie of ["strict", "rank"] as const) {
    const each = filterByTeacher(input, { rho: 0.4, tie, cutOff: "each label" });
    // Positions 0.4 · 3 = 1.2 and 0.4 · 4 = 1.6 of the sorted scores.
    assert.ok(Math.abs(each.cutOffs!.get(0)! - 2.2) < 1e-6);
    assert.ok(Math.abs(each.cutOffs!.get(1)! - 26) < 1e-6);
    assert.equal(each.cutOff, each.cutOffs!.get(1));
    assert.deepEqual([...each.kept], [0, 1, 2, 5]);
    assert.deepEqual([...each.opinion.scores], [1, 10, 2, 20]);
  }
  assert.equal(filterByTeacher(input, { rho: 1, cutOff: "each label" }).kept.length, 9);
});

Deno.test("filterByTeacher() with a cut-off for each label drops no label whose scores tie", () => {
  // Of class 1 there is one fake, and those of class 2 are all equal.
  const input = {
    set: setOf([0, 1, 0, 2, 0, 2]),
    opinion: opinionOf([1, 9, 2, 5, 3, 5]),
  };
  for (const tie of ["strict", "rank"] as const) {
    const { kept } = filterByTeacher(input, { rho: 0.5, tie, cutOff: "each label" });
    assert.deepEqual([...kept], [0, 1, 3]);
  }
});

Deno.test("filterByTeacher() drops ties with the cut-off only when strict", () => {
  const scores = [1, 2, 2, 2, 3, 4];
  // 0.5 · 5 = 2.5 lies between two scores of 2.
  assert.deepEqual(kept(scores, 0.5, "strict"), [0]);
  assert.deepEqual(kept(scores, 0.5, "rank"), [0, 1, 2]);
});

Deno.test("filterByTeacher() keeps the numbers of the paper's table", () => {
  // Method specification 4.2 without its ties; scores in thousandths of the pools.
  const rng = rngOf(1);
  for (
    const [rho, count] of [[0.9, 450], [0.6, 300], [0.7, 350], [0.5, 250], [0.8, 400]] as const
  ) {
    const scores = Array.from({ length: 500 }, () => rng.uniform());
    assert.equal(kept(scores, rho, "strict").length, count);
    assert.equal(kept(scores, rho, "rank").length, count);
  }
});

Deno.test("filterByTeacher() keeps the numbers of the paper's pools of scalar labels", () => {
  // Method specification 4.2: and UTKFace.
  const rng = rngOf(2);
  const pools = [[179_800, [[0.5, 89_900], [0.8, 143_840], [0.9, 161_820]]], [300_000, [[
    0.7,
    210_000,
  ]]]] as const;
  for (const [size, cuts] of pools) {
    const scores = Float32Array.from({ length: size }, () => rng.uniform());
    const set = {
      images: imagesInMemory(new Uint8Array(size), { height: 1, width: 1, channels: 1 }),
      labels: new Float32Array(size).fill(30),
      task: AGES,
      origin: "fake",
    } as const;
    for (const [rho, count] of cuts) {
      const { kept } = filterByTeacher({ set, opinion: { scores, predicted: scores } }, { rho });
      assert.equal(kept.length, count);
    }
  }
});

Deno.test("filterByTeacher() keeps all images when rho is 1", () => {
  assert.deepEqual(kept([3, 5, 5], 1, "strict"), [0, 1, 2]);
  assert.deepEqual(kept([3, 5, 5], 1, "rank"), [0, 1, 2]);
});

Deno.test("filterByTeacher() refuses other quantiles and scores that are no numbers", () => {
  for (const rho of [0, -0.1, 1.2, NaN]) {
    assert.throws(() => kept([1, 2], rho), {
      name: "RangeError",
      message: `Cannot use rho = ${rho}: want a number in (0, 1]`,
    });
  }
  assert.throws(() => kept([1, NaN], 0.5), {
    message: "Cannot filter fake images: score 1 is not a number",
  });
  assert.throws(() => kept([], 0.5), {
    message: "Cannot filter fake images: found none, want at least one",
  });
  assert.throws(() => kept([2, 2, 2], 0.5, "strict"), {
    name: "RangeError",
    message:
      "Cannot filter fake images: found no score below the cut-off 2 at rho = 0.5, want at " +
      'least one; the scores tie, so filter with tie "rank"',
  });
  assert.throws(
    () => filterByTeacher({ set: setOf([0, 1]), opinion: opinionOf([1]) }, { rho: 0.5 }),
    {
      name: "TypeError",
      message: "Cannot filter fake images: found opinions on 1 images, want 2",
    },
  );
});

Deno.test("adjustLabels() gives every fake the teacher's label and names those that changed", () => {
  const set = setOf([0, 1, 2, 2]);
  const result = adjustLabels({ set, opinion: opinionOf([0, 0, 0, 0], [0, 2, 2, 1]) });
  assert.deepEqual([...result.set.labels], [0, 2, 2, 1]);
  assert.deepEqual([...result.before], [0, 1, 2, 2]);
  assert.deepEqual([...result.changed], [1, 3]);
  assert.deepEqual([...set.labels], [0, 1, 2, 2]);
  assert.equal(result.set.images, set.images);
  assert.throws(() => adjustLabels({ set, opinion: opinionOf([0]) }), {
    name: "TypeError",
    message: "Cannot adjust labels: found opinions on 1 images, want 4",
  });
});

Deno.test("adjustLabels() clips scalar labels unless told not to", () => {
  const input = {
    set: setOf([10, 20, 60], AGES),
    opinion: opinionOf([0, 0, 0], [12.5, -1, 63]),
  };
  assert.deepEqual([...adjustLabels(input).set.labels], [12.5, 0, 60]);
  assert.deepEqual([...adjustLabels(input, { clip: false }).set.labels], [12.5, -1, 63]);
});

Deno.test("askTeacher() predicts classes and scores labels by cross-entropy", async () => {
  const teacher = toyNetwork();
  const before = await snapshot(teacher.parameters);
  const set = toyImages(11);
  const tensors = tf.memory().numTensors;
  const opinion = await askTeacher(teacher, set, { normalisation: NORMALISATION, batch: 4 });
  assert.equal(tf.memory().numTensors, tensors);
  assert.deepEqual(await snapshot(teacher.parameters), before);
  const bytes = new Uint8Array(48);
  set.images.read(7, bytes, 0);
  const logits = tf.tidy(() => {
    const pixels = Float32Array.from(bytes, (byte) => (byte / 255 - 0.5) / 0.25);
    const x = tf.tensor4d(pixels, [1, 4, 4, 3]);
    return [...teacher.forward(x, { training: false }).output.dataSync()];
  });
  const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
  const chances = logits.map((logit) => Math.exp(logit) / sum);
  const best = Math.max(...chances);
  assert.equal(opinion.predicted[7], chances.indexOf(best));
  assert.ok(Math.abs(opinion.confidence![7]! - best) < 1e-4);
  assert.ok(Math.abs(opinion.scores[7]! + Math.log(chances[set.labels[7]!]!)) < 1e-4);
  const selected = selectOpinion(opinion, [7, 2]);
  assert.equal(selected.scores[0], opinion.scores[7]);
  assert.equal(selected.confidence![1], opinion.confidence![2]);
  teacher.parameters.dispose();
});

Deno.test("askTeacher() scores scalar labels by their distance in dataset units", async () => {
  const teacher = {
    ...toyNetwork(),
    forward: (x: tf.Tensor4D) => ({
      output: tf.fill([x.shape[0], 1], 0.5) as tf.Tensor2D,
      features: tf.zeros([x.shape[0], 1]) as tf.Tensor2D,
      taps: [],
    }),
  };
  const opinion = await askTeacher(teacher, setOf([30, 24.5, 60], AGES), {
    normalisation: NORMALISATION,
  });
  assert.deepEqual([...opinion.predicted], [30, 30, 30]);
  assert.deepEqual([...opinion.scores], [0, 5.5, 30]);
  assert.equal(opinion.confidence, undefined);
  await assert.rejects(
    askTeacher(teacher, setOf([0, 1]), { normalisation: NORMALISATION }),
    {
      name: "TypeError",
      message: 'Cannot ask teacher "toy": found 1 outputs per image, want 3',
    },
  );
  teacher.parameters.dispose();
});
