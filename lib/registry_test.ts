import assert from "node:assert/strict";
import { INFERENCE } from "./base/module.ts";
import { rngOf } from "./base/rng.ts";
import { tf } from "./base/tf.ts";
import { stagesOf } from "./distill/stages.ts";
import { DATASETS, DIFFUSIONS, DISTILLERS, GANS, NETWORKS } from "./registry.ts";

/** No wider than a test of names and shapes needs. */
const WIDTH = 0.0625;

for (const [name, family] of Object.entries(NETWORKS)) {
  Deno.test(`network "${name}" builds under its own name and gives one row an image`, () => {
    assert.equal(family.name, name);
    assert.ok(family.title.length > 0);
    const network = family.build({
      outputs: 3,
      head: "classification",
      imageSize: 32,
      width: WIDTH,
      rng: rngOf(1, "registry", name),
    });
    try {
      assert.equal(network.name, name);
      tf.tidy(() => {
        const { output, features } = network.forward(tf.zeros([2, 32, 32, 3]), INFERENCE);
        assert.deepEqual(output.shape, [2, 3]);
        assert.equal(features.shape[0], 2);
      });
    } finally {
      network.parameters.dispose();
    }
  });
}

for (const [name, family] of Object.entries(GANS)) {
  Deno.test(`cGAN "${name}" builds under its own name, draws and judges`, () => {
    assert.equal(family.name, name);
    assert.ok(family.title.length > 0);
    const imageSize = family.imageSizes.at(-1)!;
    const { generator, discriminator } = family.build({
      conditionSize: 3,
      imageSize,
      width: WIDTH,
      rng: rngOf(1, "registry", name),
    });
    try {
      tf.tidy(() => {
        const condition = tf.oneHot([0, 2], 3).cast<tf.Tensor2D>("float32");
        const latent = tf.zeros<tf.Rank.R2>([2, generator.latentSize]);
        const images = generator.forward(latent, condition, INFERENCE);
        assert.deepEqual(images.shape, [2, imageSize, imageSize, 3]);
        assert.deepEqual(discriminator.forward(images, condition, INFERENCE).score.shape, [2, 1]);
      });
    } finally {
      generator.parameters.dispose();
      discriminator.parameters.dispose();
    }
  });
}

for (const [name, family] of Object.entries(DIFFUSIONS)) {
  Deno.test(`diffusion model "${name}" builds under its own name and draws`, () => {
    assert.equal(family.name, name);
    assert.ok(family.title.length > 0);
    const { generator } = family.build({
      conditionSize: 3,
      imageSize: 64,
      width: WIDTH,
      blocks: 1,
      attention: [],
      dropout: 0,
      sampling: { steps: 2, guidance: { weight: 1.5, rescaling: 0.7 } },
      rng: rngOf(1, "registry", name),
    });
    try {
      tf.tidy(() => {
        const condition = tf.oneHot([0, 2], 3).cast<tf.Tensor2D>("float32");
        const latent = tf.zeros<tf.Rank.R2>([2, generator.latentSize]);
        const images = generator.forward(latent, condition, INFERENCE);
        assert.deepEqual(images.shape, [2, 64, 64, 3]);
      });
    } finally {
      generator.parameters.dispose();
    }
  });
}

Deno.test("a generator has its name in one list only", () => {
  const names = [...Object.keys(GANS), ...Object.keys(DIFFUSIONS)];
  assert.equal(new Set(names).size, names.length);
});

Deno.test("every distiller has its own name, a title, and a last stage for the student", () => {
  for (const [name, { make, options }] of Object.entries(DISTILLERS)) {
    const distiller = make();
    // Whatever is left out is there.
    assert.deepEqual(
      Object.keys(distiller.lengths ?? {}).filter((key) => !(key in options.entries)),
      [],
    );
    assert.equal(distiller.name, name);
    assert.ok(distiller.title.length > 0, name);
    assert.ok(distiller.tasks.includes("classification"), name);
    assert.equal(stagesOf(distiller).at(-1)!.trains, "student", name);
  }
  const titles = Object.values(DISTILLERS).map(({ make }) => make().title);
  assert.equal(new Set(titles).size, titles.length);
});

Deno.test("the toy data set loads; CIFAR-10 refuses a setting that it does not have", async () => {
  const toy = await DATASETS.toy("toy", {});
  assert.equal(toy.train.images.count, toy.train.labels.length);
  assert.ok(toy.test.labels.length > 0);
  await assert.rejects(DATASETS.cifar10("C-30K", {}), {
    name: "RangeError",
    message: 'Cannot find CIFAR-10 setting "C-30K": known names are "C-50K", "C-20K", "C-10K"',
  });
});
