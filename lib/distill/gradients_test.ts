/** Gradients of the methods' losses against central differences. */
import { tf } from "../base/tf.ts";
import { assertGradient, waves } from "../testing/distill.ts";
import { temperatureKd } from "./losses.ts";
import { boundaryLoss } from "./methods/ab.ts";
import { attentionLoss } from "./methods/at.ts";
import { correlationLoss } from "./methods/cc.ts";
import { agreedCrossEntropy, classBalance } from "./methods/data_free/cgdd.ts";
import { correlationGap } from "./methods/dist.ts";
import { decoupledKd } from "./methods/dkd.ts";
import { flowLoss } from "./methods/fsp.ts";
import { factorLoss } from "./methods/ft.ts";
import { hierarchicalContextLoss } from "./methods/hcl.ts";
import { affinityLoss, translationLoss } from "./methods/kta.ts";
import { standardised } from "./methods/ls_kd.ts";
import { noiseContrast } from "./methods/noise_contrast.ts";
import { selectivityLoss } from "./methods/nst.ts";
import { overhaulLoss } from "./methods/ofd.ts";
import { pktLoss } from "./methods/pkt.ts";
import { angleLoss, distanceLoss } from "./methods/rkd.ts";
import { similarityLoss } from "./methods/sp.ts";
import { softMaximumLoss } from "./methods/srd.ts";
import { asFake, asReal, featureGap, pullAway, wanted } from "./methods/ugan/losses.ts";
import { RAW_VARIANCE, variationalLoss } from "./methods/vid.ts";

const ROWS = [3, 4];
const MAPS = [2, 4, 4, 3];
const rows = waves("teacher", ROWS) as tf.Tensor2D;
const maps = waves("teacher", MAPS) as tf.Tensor4D;
const logits = waves("teacher", [2, 3], 5) as tf.Tensor2D;
const labels = tf.tensor1d([2, 0], "int32");

const ON_ROWS: Record<string, (x: tf.Tensor2D) => tf.Scalar> = {
  correlationLoss: (x) => correlationLoss(x, rows),
  correlationGap: (x) => correlationGap(tf.softmax(x), tf.softmax(rows)),
  pktLoss: (x) => pktLoss(x, rows).mul(100),
  distanceLoss: (x) => distanceLoss(x, rows),
  angleLoss: (x) => angleLoss(x, rows),
  softMaximumLoss: (x) => softMaximumLoss(x, rows, 4),
  // Far from the kinks, where a mean is that of the other set.
  featureGap: (x) => featureGap(rows.mul<tf.Tensor2D>(tf.tensor1d([9, -9, 9, -9])), x),
  pullAway,
  wanted,
};
const ON_MAPS: Record<string, (x: tf.Tensor4D) => tf.Scalar> = {
  attentionLoss: (x) => attentionLoss(x, maps),
  boundaryLoss: (x) => boundaryLoss(x, maps),
  factorLoss: (x) => factorLoss(x, maps),
  flowLoss: (x) => flowLoss([x, x.mul(2)], [maps, maps]),
  hierarchicalContextLoss: (x) => hierarchicalContextLoss(x, maps),
  affinityLoss: (x) => affinityLoss(x, maps),
  translationLoss: (x) => translationLoss(x, maps),
  selectivityLoss: (x) => selectivityLoss(x, maps),
  overhaulLoss: (x) => overhaulLoss(x, maps, tf.tensor1d([-0.8, -0.2, -0.5])),
  similarityLoss: (x) => similarityLoss(x, maps).mul(100),
  variationalLoss: (x) => variationalLoss(x, maps, tf.fill([3], RAW_VARIANCE)),
};
const ON_LOGITS: Record<string, (x: tf.Tensor2D) => tf.Scalar> = {
  temperatureKd: (x) => temperatureKd(x, logits, { temperature: 4 }),
  decoupledKd: (x) => {
    const { target, others } = decoupledKd(x, logits, { labels, temperature: 4 });
    return target.add(others);
  },
  "temperatureKd of standardised": (x) =>
    temperatureKd(standardised(x), standardised(logits), { temperature: 2 }),
  asReal,
  asFake,
  classBalance,
  // The teacher's classes are 0 and 2.
  agreedCrossEntropy: (x) => agreedCrossEntropy(x, logits, tf.tensor1d([0, 1], "int32")),
};
const on = { rows: [ON_ROWS, ROWS, 1], maps: [ON_MAPS, MAPS, 1], logits: [ON_LOGITS, [2, 3], 5] };

for (const [losses, shape, scale] of Object.values(on)) {
  for (const [name, loss] of Object.entries(losses as Record<string, (x: never) => tf.Scalar>)) {
    Deno.test(`${name}() has the gradient of its differences`, () => {
      // Off the stored inputs, of which some lie on kinks.
      const x = waves("student", shape as number[], scale as number).add(0.013);
      assertGradient((z) => loss(z as never), x);
    });
  }
}

Deno.test("noiseContrast() has the gradient of its differences, and none into Z of the first batch", () => {
  const memory = waves("teacher", [4, 2]) as tf.Tensor2D;
  const positives = tf.tensor2d([[1, 0, 0, 0], [0, 1, 0, 0]]);
  const negatives = tf.tensor2d([[0, 0, 1, 1], [0, 0, 1, 1]]);
  const side = { memory, positives, negatives, count: 2, temperature: 0.5 };
  const x = waves("student", [2, 2]) as tf.Tensor2D;
  const { constant } = noiseContrast({ ...side, queries: x });
  const fixed = (queries: tf.Tensor) =>
    noiseContrast({ ...side, queries: queries as tf.Tensor2D, constant }).loss;
  assertGradient(fixed, x);
  const first = (queries: tf.Tensor) =>
    noiseContrast({ ...side, queries: queries as tf.Tensor2D }).loss;
  const gap = tf.grad(first)(x).sub(tf.grad(fixed)(x));
  if (tf.max(tf.abs(gap)).dataSync()[0]! > 1e-6) throw new Error("Z of the first batch moved");
});
