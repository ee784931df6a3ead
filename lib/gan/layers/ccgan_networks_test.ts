import assert from "node:assert/strict";
import { INFERENCE, type Mode, type ParameterSet } from "../../base/module.ts";
import { lossAndGradients } from "../../base/training/optimisers.ts";
import { normalArray, rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import type { GanOptions, GanPair } from "../gan.ts";
import { sagan } from "../sagan.ts";
import { sngan } from "../sngan.ts";
import { type CganData, cganTrainee } from "../train_cgan.ts";
import { slowImages, slowScore } from "../../testing/plain/ccgan.ts";

const TRAINING: Mode = { training: true };
const CONDITION = 6;
const BATCH = 3;

const FAMILIES = [
  { family: sngan, options: {} },
  { family: sagan, options: { shortcutInput: "relu" } },
  { family: sagan, options: { shortcutInput: "raw" } },
] as const;
const titleOf = ({ family, options }: (typeof FAMILIES)[number]) =>
  "shortcutInput" in options ? `${family.name} (shortcuts ${options.shortcutInput})` : family.name;

function build(form: (typeof FAMILIES)[number], more: Partial<GanOptions> = {}): GanPair {
  return form.family.build({
    conditionSize: CONDITION,
    imageSize: 64,
    width: 1 / 64,
    rng: rngOf(7, "ccgan"),
    ...form.options,
    ...more,
  });
}

function dispose({ generator, discriminator }: GanPair) {
  generator.parameters.dispose();
  discriminator.parameters.dispose();
}

const noise = <R extends tf.Rank>(name: string, shape: tf.ShapeMap[R]) => {
  const size = (shape as number[]).reduce((a, b) => a * b);
  return tf.tensor1d(normalArray(size, rngOf(2, name))).reshape<tf.Tensor<R>>(shape);
};
const latentsOf = (batch = BATCH, name = "z") => noise<tf.Rank.R2>(name, [batch, 256]);
const imagesOf = () => tf.tanh(noise<tf.Rank.R4>("images", [BATCH, 64, 64, 3]));
/** Not negative, as the embedding of a label is. */
const conditionsOf = (batch = BATCH, size = CONDITION) =>
  tf.relu(noise<tf.Rank.R2>("condition", [batch, size]));

/** Some training forwards, and gains and norms away from their start. */
function warmUp({ generator, discriminator }: GanPair) {
  tf.tidy(() => {
    for (const { parameters } of [generator, discriminator]) {
      parameters.trainable.get("attention/gain")?.assign(tf.scalar(0.6));
    }
    for (const name of ["scale", "offset"]) {
      const weight = generator.parameters.trainable.get(`norm/${name}`)!;
      weight.assign(weight.add(noise(name, weight.shape as [number]).mul(0.3)));
    }
    for (let i = 0; i < 3; i++) {
      const fake = generator.forward(latentsOf(BATCH, `warm ${i}`), conditionsOf(), TRAINING);
      discriminator.forward(fake, conditionsOf(), TRAINING);
    }
  });
}

function distance(a: tf.Tensor, b: tf.Tensor): number {
  assert.deepEqual(a.shape, b.shape);
  return tf.tidy(() => tf.max(tf.abs(a.sub(b))).div(tf.max(tf.abs(b))).dataSync()[0]!);
}

for (const form of FAMILIES) {
  const title = titleOf(form);
  const shortcutInput = "shortcutInput" in form.options ? form.options.shortcutInput : "raw";

  Deno.test(`${title} makes 64 x 64 images in [−1, 1] and one score each`, () => {
    const pair = build(form, { width: 1 / 16, conditionSize: 128 });
    tf.tidy(() => {
      const condition = conditionsOf(2, 128);
      for (const mode of [TRAINING, INFERENCE]) {
        const x = pair.generator.forward(latentsOf(2), condition, mode);
        assert.deepEqual(x.shape, [2, 64, 64, 3]);
        assert.ok(x.dataSync().every((value) => Math.abs(value) <= 1));
        const { score, classLogits } = pair.discriminator.forward(x, condition, mode);
        assert.deepEqual(score.shape, [2, 1]);
        assert.equal(classLogits, undefined);
        assert.ok(score.dataSync().every(Number.isFinite));
      }
    });
    assert.equal(pair.generator.latentSize, 256);
    dispose(pair);
  });

  Deno.test(`${title}'s score is the composed formula`, () => {
    const pair = build(form);
    warmUp(pair);
    const { parameters } = pair.discriminator;
    const other = shortcutInput === "raw" ? "relu" : "raw";
    const { error, difference } = tf.tidy(() => {
      const [images, condition] = [imagesOf(), conditionsOf()];
      const { score } = pair.discriminator.forward(images, condition, INFERENCE);
      return {
        error: distance(score, slowScore(parameters, images, condition, shortcutInput)),
        difference: distance(score, slowScore(parameters, images, condition, other)),
      };
    });
    assert.ok(error < 1e-4, `found relative error ${error}`);
    assert.ok(difference > 1e-3, `found relative difference ${difference}`);
    dispose(pair);
  });

  Deno.test(`${title}'s generator is the composed formula`, () => {
    const pair = build(form);
    warmUp(pair);
    // Power iteration would move on between the two; SNGAN's generator has none.
    const modes = form.family === sngan ? [INFERENCE, TRAINING] : [INFERENCE];
    for (const mode of modes) {
      const error = tf.tidy(() => {
        const [latent, condition] = [latentsOf(), conditionsOf()];
        return distance(
          pair.generator.forward(latent, condition, mode),
          slowImages(pair.generator.parameters, latent, condition, mode),
        );
      });
      assert.ok(error < 1e-4, `found relative error ${error}`);
    }
    dispose(pair);
  });

  Deno.test(`${title} has the gradients of the composed formulas`, () => {
    const pair = build(form);
    warmUp(pair);
    tf.tidy(() => {
      const [latent, condition, images] = [latentsOf(), conditionsOf(), imagesOf()];
      const slope = noise<tf.Rank.R4>("slope", [BATCH, 64, 64, 3]);
      // Statistics of the batch are part of the function; power iteration is not.
      const mode = form.family === sngan ? TRAINING : INFERENCE;
      const { generator, discriminator } = pair;
      assertSameGradients(
        generator.parameters,
        () => generator.forward(latent, condition, mode).mul(slope),
        () => slowImages(generator.parameters, latent, condition, mode).mul(slope),
      );
      const weights = tf.tensor2d([1, -0.5, 0.7], [BATCH, 1]);
      const { parameters } = discriminator;
      assertSameGradients(
        parameters,
        () => discriminator.forward(images, condition, INFERENCE).score.mul(weights),
        () => slowScore(parameters, images, condition, shortcutInput).mul(weights),
      );
    });
    dispose(pair);
  });

  Deno.test(`${title} in inference changes no bit, in training only its buffers`, async () => {
    const pair = build(form);
    const state = async () => ({
      generator: await pair.generator.parameters.read(),
      discriminator: await pair.discriminator.parameters.read(),
    });
    const forward = (mode: Mode) =>
      tf.tidy(() => {
        const x = pair.generator.forward(latentsOf(), conditionsOf(), mode);
        pair.discriminator.forward(x, conditionsOf(), mode);
      });
    const before = structuredClone(await state());
    const { numTensors } = tf.memory();
    forward(INFERENCE);
    assert.deepEqual(await state(), before);
    forward(TRAINING);
    assert.equal(tf.memory().numTensors, numTensors);
    const after = await state();
    for (const player of ["generator", "discriminator"] as const) {
      for (const name of pair[player].parameters.trainable.keys()) {
        assert.deepEqual(after[player][name], before[player][name], name);
      }
      for (const name of pair[player].parameters.buffers.keys()) {
        // A vector of one entry is ±1 for good.
        if (after[player][name]!.values.length === 1) continue;
        assert.notDeepEqual(after[player][name], before[player][name], `${player} ${name}`);
      }
    }
    dispose(pair);
  });

  Deno.test(`${title} starts from the same bits for the same stream`, async () => {
    const [first, again, other] = [build(form), build(form), build(form, { rng: rngOf(8) })];
    for (const player of ["generator", "discriminator"] as const) {
      const bits = await first[player].parameters.read();
      assert.deepEqual(await again[player].parameters.read(), bits);
      const others = await other[player].parameters.read();
      assert.notDeepEqual(others["block2/conv2/weight"], bits["block2/conv2/weight"]);
    }
    [first, again, other].forEach(dispose);
  });
}

// What Q13 changes is held to the composed formula; one of its two forms is enough here.
for (const form of FAMILIES.slice(0, 2)) {
  Deno.test(`${form.family.name} has the slopes of finite differences around its condition`, () => {
    const pair = build(form);
    warmUp(pair);
    tf.tidy(() => {
      const [latent, condition] = [latentsOf(), conditionsOf()];
      const weights = tf.tensor2d([1, -0.5, 0.7], [BATCH, 1]);
      // Of the score of drawn images: D's gradient goes on through G.
      const loss = () => {
        const drawn = pair.generator.forward(latent, condition, INFERENCE);
        const { score } = pair.discriminator.forward(drawn, condition, INFERENCE);
        return tf.sum(score.mul(weights)) as tf.Scalar;
      };
      const chosen = /^(attention|projection|score|linear|block4.norm2.gain)/;
      assertSlopes(pair.discriminator.parameters, loss, chosen);
      assertSlopes(pair.generator.parameters, loss, chosen);
    });
    dispose(pair);
  });
}

/** Compares the gradients of the two sums, for every parameter. */
function assertSameGradients(
  parameters: ParameterSet,
  found: () => tf.Tensor,
  want: () => tf.Tensor,
) {
  const [ours, stocks] = [found, want].map((f) =>
    lossAndGradients(parameters, () => tf.sum(f()) as tf.Scalar).gradients
  );
  const sizeOf = (gradient: tf.Tensor) => tf.norm(gradient).dataSync()[0]!;
  const largest = Math.max(...Object.values(stocks!).map(sizeOf));
  for (const name of parameters.trainable.keys()) {
    // Of a bias before a norm, on which nothing depends, there is only rounding, or no gradient at all.
    const want = stocks![name]!;
    const scale = sizeOf(want) + 1e-3 * largest;
    const error = sizeOf((ours![name] ?? tf.zerosLike(want)).sub(want)) / scale;
    assert.ok(error < 1e-3, `${name}: found relative error ${error}`);
  }
}

/** Compares directional derivatives, one direction a parameter: along the gradient and across it at once. */
function assertSlopes(parameters: ParameterSet, loss: () => tf.Scalar, chosen: RegExp) {
  const { gradients } = lossAndGradients(parameters, loss);
  for (const [name, variable] of parameters.trainable) {
    if (!chosen.test(name)) continue;
    tf.tidy(() => {
      const start = variable.clone();
      const gradient = gradients[name]!;
      const unit = (t: tf.Tensor) => t.div(tf.maximum(tf.norm(t), 1e-9));
      const across = tf.tensor(normalArray(variable.size, rngOf(6, name)), variable.shape);
      const direction = unit(gradient).add(unit(across));
      const analytic = tf.sum(gradient.mul(direction)).dataSync()[0]!;
      const at = (distance: number) => {
        variable.assign(start.add(direction.mul(distance)));
        return loss().dataSync()[0]!;
      };
      // Kinks of ReLU and max-pool lie in the way of longer steps, rounding in that of shorter ones.
      const step = 1e-3;
      const numeric = (at(step) - at(-step)) / (2 * step);
      variable.assign(start);
      assert.ok(
        Math.abs(numeric - analytic) < 5e-2 * Math.abs(analytic) + 5e-3,
        `${name}: found ${analytic}, finite differences give ${numeric}`,
      );
    });
  }
}

for (const form of FAMILIES) {
  Deno.test(`${titleOf(form)} trains with vicinal weights, every weight moves, no tensor is left`, () => {
    const pair = build(form, { width: 1 / 16 });
    // Switched off, attention hands its own weights no gradient in the first step.
    warmUp(pair);
    const rng = rngOf(4, "training");
    const weights = { real: tf.tensor2d([1, 0.5, 0.1], [3, 1]), fake: tf.ones<tf.Rank.R2>([3, 1]) };
    const real = imagesOf();
    const data: CganData = {
      discriminatorBatch: () => ({
        real: real.clone(),
        realCondition: conditionsOf(),
        fakeCondition: conditionsOf().add(0.1),
        judgedCondition: conditionsOf(),
        weights,
      }),
      generatorBatch: () => ({ condition: conditionsOf(), target: tf.zeros([BATCH, 1]) }),
    };
    const trainee = cganTrainee(pair, data, {
      batch: BATCH,
      discriminatorSteps: 1,
      generatorRate: 1e-3,
      discriminatorRate: 1e-3,
      beta1: 0.5,
      beta2: 0.999,
      diffAugment: true,
    }, rng);
    const values = () =>
      Object.entries(pair).flatMap(([player, { parameters }]) =>
        [...parameters.trainable].map(([name, v]) =>
          [`${player}/${name}`, v.dataSync().slice()] as const
        )
      );
    const before = values();
    const step = (k: number) => {
      const metrics = tf.tidy(() => trainee.step(k));
      for (const [name, loss] of Object.entries(metrics)) {
        assert.ok(Number.isFinite(loss.dataSync()[0]!), name);
      }
      tf.dispose(metrics);
    };
    step(0);
    const { numTensors } = tf.memory();
    step(1);
    assert.equal(tf.memory().numTensors, numTensors);
    for (const [i, [name, now]] of values().entries()) {
      // Nothing depends on a bias before a norm: it has no gradient where the kernel knows that.
      const isTakenOut = /^generator\/block\d\/conv1\/bias$/.test(name);
      if (!isTakenOut) assert.notDeepEqual(now, before[i]![1], name);
      assert.ok(now.every(Number.isFinite), name);
    }
    for (const set of Object.values(trainee.state)) set.dispose();
    tf.dispose([real, weights.real, weights.fake]);
  });
}

for (const [i, momenta] of [[0.1, 0.1], [0.0001, 0.001]].entries()) {
  const form = FAMILIES[i]!;
  Deno.test(`${form.family.name} moves running statistics by ${momenta}`, () => {
    const meansFrom = (start: number) => {
      const pair = build(form, {});
      const { buffers } = pair.generator.parameters;
      const means = ["norm", "block2/norm1"].map((name) => buffers.get(`${name}/running_mean`)!);
      tf.tidy(() => {
        for (const mean of means) mean.assign(tf.fill(mean.shape, start));
        pair.generator.forward(latentsOf(), conditionsOf(), TRAINING);
      });
      const values = means.map((mean) => mean.dataSync().slice());
      dispose(pair);
      return values;
    };
    // One update gives (1 − momentum) · start + momentum · mean of the batch, which is the same both times.
    const [low, high] = [meansFrom(0), meansFrom(1)];
    for (const [k, momentum] of momenta.entries()) {
      low[k]!.forEach((value, c) => {
        assert.ok(Math.abs(high[k]![c]! - value - (1 - momentum)) < 1e-6);
      });
      assert.ok(low[k]!.some((value) => Math.abs(value) > 1e-3 * momentum));
    }
  });
}

for (const { name, title, build } of [sngan, sagan]) {
  Deno.test(`${name} refuses what it cannot be`, () => {
    const options = { conditionSize: 2, imageSize: 64, width: 1 / 64, rng: rngOf(1) } as const;
    const refuse = (changes: Partial<GanOptions>, message: string) =>
      assert.throws(() => build({ ...options, ...changes }), { name: "RangeError", message });
    refuse({ imageSize: 32 }, `Cannot build ${title} for 32 x 32 images: want 64 x 64`);
    refuse(
      { auxiliaryClassifier: true },
      `Cannot build ${title} with an auxiliary classifier: ` +
        "its condition embeds scalar labels, want classes",
    );
    refuse(
      { taper: true },
      `Cannot taper ${title}: found channels that halve at each up-sampling already, want taper = false`,
    );
  });
}
