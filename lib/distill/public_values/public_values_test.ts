/** Losses and their gradients against the methods' public implementations; `generate.py` beside it says how. */
import assert from "node:assert/strict";
import { ParameterSet, Scope } from "../../base/module.ts";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { crossEntropy } from "../../networks/supervised.ts";
import { waves } from "../../testing/distill.ts";
import { detached, meanSquared, temperatureKd, unitRows } from "../losses.ts";
import { boundaryLoss } from "../methods/ab.ts";
import { attentionLoss } from "../methods/at.ts";
import { cosines } from "../methods/batch_graph.ts";
import { searchBoundary } from "../methods/bss/search.ts";
import { correlationLoss } from "../methods/cc.ts";
import { convRegressor } from "../methods/conv_regressor.ts";
import { correlationGap } from "../methods/dist.ts";
import { decoupledKd } from "../methods/dkd.ts";
import { diversityLoss, divertedMap } from "../methods/ffsd/diversity.ts";
import { flowLoss } from "../methods/fsp.ts";
import { factorLoss } from "../methods/ft.ts";
import { fusionBlock } from "../methods/fusion_block.ts";
import { hierarchicalContextLoss } from "../methods/hcl.ts";
import { smoothedRows } from "../methods/hkd.ts";
import { domainGap } from "../methods/kd_uda/domain_gap.ts";
import { affinityLoss, translationLoss } from "../methods/kta.ts";
import { standardised } from "../methods/ls_kd.ts";
import { noiseContrast, remembered } from "../methods/noise_contrast.ts";
import { selectivityLoss } from "../methods/nst.ts";
import { negativeMean, overhaulLoss } from "../methods/ofd.ts";
import { pktLoss } from "../methods/pkt.ts";
import { angleLoss, distanceLoss } from "../methods/rkd.ts";
import { similarityLoss } from "../methods/sp.ts";
import { softMaximumLoss } from "../methods/srd.ts";
import { keptRows, ranksOf, selectiveKd } from "../methods/sskd/ranking.ts";
import { ownImages, splitViews, viewSimilarity } from "../methods/sskd/similarity.ts";
import { variationalLoss } from "../methods/vid.ts";
import stored from "./values.json" with { type: "json" };

type M = tf.Tensor4D;
type R = tf.Tensor2D;

/** A case of the file: a loss with its gradient, or an array. */
interface Case {
  readonly source: string;
  readonly shape: number[];
  readonly scale: number;
  readonly value?: number;
  readonly gradient?: string;
  readonly values?: string;
}
const CASES: Readonly<Record<string, Case>> = stored.cases;
const numbers = (text: string) => text.split(" ").map(Number);

/** Up to a hundred-thousandth of the largest entry. */
function assertArray(found: ArrayLike<number>, text: string, what: string): void {
  const wanted = numbers(text);
  const largest = Math.max(...wanted.map(Math.abs));
  assert.equal(found.length, wanted.length, what);
  wanted.forEach((value, i) =>
    assert.ok(
      Math.abs(found[i]! - value) <= 1e-5 * largest,
      `${what} at ${i}: ${found[i]}, ${value}`,
    )
  );
}

const theirs = (shape: number[], scale = 1) => waves("teacher", shape, scale);
const teacherMap = theirs([3, 4, 4, 5]) as M;
const teacherRows = theirs([4, 6]) as R;
const teacherLogits = theirs([4, 5], 4) as R;
const labels = tf.tensor1d([2, 0, 4, 1], "int32");
const larger = (side: number, batch = 3) => theirs([3, side, side, 2]).slice(0, batch) as M;

/** CRD's batch: seven images, two of them asked for among two others each. */
const contrast = () => {
  const indicator = (indices: number[][]) =>
    tf.tensor2d(indices.map((row) => Array.from({ length: 7 }, (_, i) => Number(row.includes(i)))));
  return {
    positives: indicator([[0], [1]]),
    negatives: indicator([[2, 3], [3, 5]]),
    count: 2,
    temperature: 0.5,
  };
};
const memoryOf = (kind: "student" | "teacher") => unitRows(waves(kind, [7, 6]) as R);

/** FitNet's adapter with given weights, against a teacher's map. */
function regressed(map: M, to: [number, number, number], kernel: number[]): tf.Scalar {
  const adapters = new ParameterSet();
  const from = map.shape.slice(1) as [number, number, number];
  const layer = convRegressor(new Scope(adapters, rngOf(1)), { from, to });
  set(adapters, {
    "conv/weight": theirs(kernel, 0.3),
    "conv/bias": waves("student", [to[2]], 0.1),
  });
  return meanSquared(layer(map, { training: true }), theirs([map.shape[0], ...to]));
}

function set(parameters: ParameterSet, values: Record<string, tf.Tensor>): void {
  for (const [name, value] of Object.entries(values)) parameters.trainable.get(name)!.assign(value);
}

/** ReviewKD's block: output and what it hands on, each against a map. */
function fused(map: M): tf.Scalar {
  const adapters = new ParameterSet();
  const block = fusionBlock(new Scope(adapters, rngOf(1)), {
    in: 3,
    middle: 4,
    out: [8, 8, 5],
    fuse: "attention",
  });
  set(adapters, {
    "enter/weight": theirs([1, 1, 3, 4], 0.5),
    "attention/weight": theirs([1, 1, 8, 2], 0.5),
    "attention/bias": waves("student", [2]),
    "leave/weight": theirs([3, 3, 4, 5], 0.5),
  });
  const deeper = waves("student", [2, 2, 2, 4], 2) as M;
  const { output, reviewed } = block(map, deeper, { training: true });
  return meanSquared(output, theirs([2, 8, 8, 5]))
    .add(meanSquared(reviewed, waves("student", [2, 8, 8, 4])));
}

/** SSKD's four terms of three images with four views each, all rows kept. */
function selfSupervised(logits: R, heads: R): tf.Scalar {
  const [s, t] = [splitViews(logits), splitViews(theirs([12, 5], 4) as R)];
  const [own, other] = [viewSimilarity(heads), viewSimilarity(theirs([12, 4]) as R)];
  const images = ownImages(3);
  const answers = tf.gather(labels.slice(0, 3), images) as tf.Tensor1D;
  const kept = (scores: R, right: tf.Tensor1D) => keptRows(ranksOf(scores, right), 1);
  const at = { temperature: 4 };
  const terms = [
    [0.1, crossEntropy(s.upright, labels.slice([0], [3]))],
    [0.9, selectiveKd(s.upright, t.upright, at)],
    [2.7, selectiveKd(s.turned, t.turned, { ...at, kept: kept(t.turned, answers) })],
    [10, selectiveKd(own, other, { temperature: 0.5, kept: kept(other, images) })],
  ] as const;
  return tf.addN(terms.map(([weight, value]) => value.mul<tf.Scalar>(weight)));
}

const margins = () => tf.tensor1d(MARGIN_INPUTS.map(([mean, gain]) => negativeMean(mean!, gain!)));
const MARGIN_INPUTS = [[0, 1], [1, 0.5], [-1, 2], [2, 0.5], [-0.02, 0.01]];
const soft = (z: R) => tf.softmax(z.div<R>(4));

const LOSSES: Readonly<Record<string, (x: tf.Tensor) => tf.Scalar>> = {
  "KD": (z) => temperatureKd(z as R, teacherLogits, { temperature: 4 }),
  "AT": (m) => attentionLoss(m as M, teacherMap),
  "NST": (m) => selectivityLoss(m as M, teacherMap),
  "FT": (m) => factorLoss(m as M, teacherMap),
  ...Object.fromEntries([8, 7].flatMap((side) => [
    [`AT pooled from ${side}`, (m: tf.Tensor) => attentionLoss(m as M, larger(side))],
    [`NST pooled from ${side}`, (m: tf.Tensor) => selectivityLoss(m as M, larger(side, 2))],
    [`FT pooled from ${side}`, (m: tf.Tensor) => factorLoss(m as M, larger(side))],
  ])),
  "SP": (m) => similarityLoss(m, teacherMap),
  "CC": (e) => correlationLoss(e as R, teacherRows),
  "PKT": (e) => pktLoss(e as R, teacherRows),
  "RKD": (e) =>
    distanceLoss(e as R, teacherRows).mul(25).add(angleLoss(e as R, teacherRows).mul(50)),
  "FitNet": (m) => meanSquared(m, teacherMap),
  "AB": (m) => boundaryLoss(m as M, teacherMap),
  "FSP": (m) =>
    flowLoss([m as M, waves("student", [3, 2, 2, 6], 2) as M], [
      teacherMap,
      theirs([3, 2, 2, 6]) as M,
    ]),
  "VID": (m) => variationalLoss(m as M, teacherMap, waves("student", [5]) as tf.Tensor1D),
  "CRD": (rows) => {
    const shared = contrast();
    const queries = unitRows(rows as R);
    const other = unitRows(theirs([2, 6]) as R);
    return noiseContrast({ ...shared, queries, memory: memoryOf("teacher") }).loss
      .add(noiseContrast({ ...shared, queries: other, memory: memoryOf("student") }).loss);
  },
  "ConvReg, halved": (m) => regressed(m as M, [3, 3, 4], [3, 3, 3, 4]),
  "ConvReg, doubled": (m) => regressed(m as M, [6, 6, 3], [4, 4, 3, 4]),
  "ConvReg, cropped": (m) => regressed(m as M, [4, 4, 4], [2, 2, 3, 4]),
  "DKD": (z) => {
    const { target, others } = decoupledKd(z as R, teacherLogits, { labels, temperature: 4 });
    return target.add(others.mul(8));
  },
  ...Object.fromEntries([8, 7, 4, 1].map((side) => [
    `HCL of side ${side}`,
    (m: tf.Tensor) => hierarchicalContextLoss(m as M, theirs([2, side, side, 3]) as M),
  ])),
  "ABF": (m) => fused(m as M),
  "OFD": (m) => overhaulLoss(m as M, teacherMap, margins()),
  "DIST": (z) => {
    const [s, t] = [soft(z as R), soft(teacherLogits)];
    const both = correlationGap(s, t).add(correlationGap(tf.transpose(s), tf.transpose(t)));
    return both.mul<tf.Scalar>(16);
  },
  "LSKD": (z) => {
    const kd = temperatureKd(standardised(z as R), standardised(teacherLogits), { temperature: 2 });
    return crossEntropy(z as R, labels).mul(0.1).add<tf.Scalar>(kd.mul(9));
  },
  "KTA": (m) => translationLoss(m as M, teacherMap),
  "KTA's affinity": (m) => affinityLoss(m as M, teacherMap),
  "SRD": (rows) =>
    softMaximumLoss(rows as R, teacherRows, 4).mul(2)
      .add<tf.Scalar>(temperatureKd(rows as R, teacherRows, { temperature: 1 })),
  "SSKD by outputs": (z) => selfSupervised(z as R, waves("student", [12, 4]) as R),
  "SSKD by heads": (h) => selfSupervised(waves("student", [12, 5], 4) as R, h as R),
  "KD-UDA's gap": (rows) => domainGap(rows as R, teacherRows),
  "FFSD's diversity": (m) => diversityLoss(m as M, teacherMap),
};

/** What BSS's images are searched with: tanh between two matrices. */
function classify(x: M): R {
  const hidden = tf.tanh(tf.matMul(x.reshape<R>([x.shape[0], 48]), theirs([48, 6], 0.2) as R));
  return tf.matMul(hidden, waves("student", [6, 3], 3) as R);
}

const ARRAYS: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  "CRD's memory": (rows) =>
    remembered(memoryOf("student"), {
      rows: contrast().positives,
      embeddings: unitRows(rows as R),
      momentum: 0.5,
    }),
  "OFD's margins": () => margins(),
  "FFSD's diverted map": (m) => divertedMap(m as M),
  "HKD's distances": (z) => tf.sub(1, cosines(z as R)),
  "HKD's positives": () =>
    smoothedRows(
      tf.gather(memoryOf("teacher"), [0, 1]) as R,
      detached(unitRows(theirs([2, 6]) as R)),
    ),
  "BSS's search": (x) => {
    const base = tf.argMax(classify(x as M), 1) as tf.Tensor1D;
    const target = tf.mod(base.add(1), 3).cast<tf.Tensor1D>("int32");
    const bounds = [tf.fill([3], -2.5), tf.fill([3], 2.5)] as [tf.Tensor1D, tf.Tensor1D];
    const rule = { stepSize: 0.3, overshoot: 1e-4, searchSteps: 10, stepRule: "plain" } as const;
    return searchBoundary(classify, x as M, { base, target, bounds }, rule).images;
  },
};

Deno.test("every stored value has a loss here, and every loss a stored value", () => {
  assert.deepEqual(
    [...Object.keys(LOSSES), ...Object.keys(ARRAYS)].sort(),
    Object.keys(CASES).sort(),
  );
});

for (const [name, loss] of Object.entries(LOSSES)) {
  const { source, shape, scale, value, gradient } = CASES[name]!;
  Deno.test(`${name} has the value and the gradient of ${source}`, () => {
    tf.tidy(() => {
      const x = waves("student", shape, scale);
      const found = loss(x).dataSync()[0]!;
      assert.ok(Math.abs(found - value!) <= 1e-5 * Math.abs(value!), `${found} for ${value}`);
      assertArray(tf.grad(loss)(x).dataSync(), gradient!, "the gradient");
    });
  });
}

for (const [name, compute] of Object.entries(ARRAYS)) {
  const { source, shape, scale, values } = CASES[name]!;
  Deno.test(`${name} are those of ${source}`, () => {
    tf.tidy(() => assertArray(compute(waves("student", shape, scale)).dataSync(), values!, name));
  });
}
