import assert from "node:assert/strict";
import { rngOf } from "../base/rng.ts";
import { tf } from "../base/tf.ts";
import { type Precision, whyNoBf16 } from "../native/tensorflow/precision.ts";
import { CLASSES, conditionOf, dispose, noise } from "../testing/class_gan.ts";
import { biggan } from "./biggan.ts";
import { discriminatorLoss, generatorLoss } from "./player_losses.ts";

/** Both players' first losses and gradients. */
function playersAt(precision: Precision) {
  const pair = biggan.build({ conditionSize: CLASSES, imageSize: 32, width: 0.25, rng: rngOf(1) });
  const condition = conditionOf([0, 1, 2, 1]);
  const game = {
    ...pair,
    data: {
      discriminatorBatch: () => ({
        real: noise<tf.Rank.R4>("real", [4, 32, 32, 3]).clipByValue(-1, 1) as tf.Tensor4D,
        realCondition: condition,
        fakeCondition: condition,
      }),
      generatorBatch: () => ({ condition, target: condition }),
    },
    training: {
      batch: 4,
      discriminatorSteps: 1,
      generatorRate: 2e-4,
      discriminatorRate: 2e-4,
      beta1: 0,
      beta2: 0.999,
      diffAugment: false,
      precision,
    },
    rng: rngOf(2),
  };
  const players = [discriminatorLoss(game, 0), generatorLoss(game, 0)];
  dispose(pair);
  return players;
}

Deno.test({
  name: "players' losses and gradients at bf16 are near those at float32, and other ones",
  ignore: whyNoBf16() !== undefined,
  fn() {
    tf.tidy(() => {
      const [wanted, found] = [playersAt("float32"), playersAt("bf16")];
      wanted.forEach(({ loss, gradients }, i) => {
        const [want, is] = [loss, found[i]!.loss].map((value) => value.dataSync()[0]!);
        assert.ok(Math.abs(is! - want!) < 0.02 * Math.max(1, Math.abs(want!)), `${is}, ${want}`);
        // Of all weights together: a single bias may have next to no slope.
        const all = (slopes: Readonly<Record<string, tf.Tensor>>) =>
          tf.concat(Object.keys(gradients).map((name) => slopes[name]!.flatten()));
        const [slope, other] = [all(gradients), all(found[i]!.gradients)];
        const error = tf.norm(other.sub(slope)).div(tf.norm(slope)).dataSync()[0]!;
        assert.ok(error > 1e-4 && error < 0.1, `${i}: ${error}`);
      });
    });
  },
});
