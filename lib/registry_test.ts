import assert from "node:assert/strict";
import { checkOptions } from "./base/options/check_options.ts";
import { INFERENCE } from "./base/module.ts";
import { listOptions } from "./base/options/option_list.ts";
import { withDefaults } from "./base/options/option_defaults.ts";
import { rngOf } from "./base/rng.ts";
import { tf } from "./base/tf.ts";
import type { Distiller } from "./distill/distiller.ts";
import { stagesOf } from "./distill/stages.ts";
import { DATASETS, DIFFUSIONS, DISTILLERS, GANS, NETWORKS } from "./registry.ts";

/** No wider than a test of names and shapes needs. */
const WIDTH = 0.0625;

for (const [name, family] of Object.entries(NETWORKS)) {
  Deno.test(`network "${name}" builds under its own name and gives one row per image`, () => {
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

Deno.test("lib/README lists every distiller, and those that scalar labels do not take", async () => {
  const readme = await Deno.readTextFile(new URL("./README.md", import.meta.url));
  const [, all, others] = /Distillers that are there: ([^;]*); scalar labels take all but ([^.]*)\./
    .exec(readme)!;
  const listed = (names: string) => names.replaceAll(/\s+/g, " ").split(/, | and /).sort();
  const made = Object.values(DISTILLERS).map(({ make }): Distiller => make());
  assert.deepEqual(listed(all!), made.map(({ title }) => title).sort());
  const forClasses = made.filter(({ tasks }) => !tasks.includes("regression"));
  assert.deepEqual(listed(others!), forClasses.map(({ title }) => title).sort());
});

Deno.test("every data set has a title, and options that are documented and can all be left out", () => {
  for (const [name, { title, options }] of Object.entries(DATASETS)) {
    assert.ok(title.length > 0, name);
    assert.deepEqual(checkOptions(options, {}), {});
    assert.throws(() => checkOptions(options, { colour: "red" }), RangeError, name);
    for (const { path, what, kind } of listOptions(options, {})) {
      assert.match(what, /^\p{Lu}.*\.$/u, `${name}.${path}`);
      assert.notEqual(kind, "value", `${name}.${path}`);
      assert.notEqual(path, "name", `${name} has an option that its name would hide`);
    }
  }
});

Deno.test("what an option of a data set changes is in its checksum", async () => {
  const { load, options: schema } = DATASETS.toy;
  const checksumOf = async (changes: Record<string, number>) => {
    const options = withDefaults(schema, { classes: 2, perClass: 5, testPerClass: 2, ...changes });
    return (await load({ setting: "toy", options })).checksum;
  };
  const checksum = await checksumOf({});
  assert.equal(await checksumOf({}), checksum);
  for (
    const changes of [{ classes: 3 }, { perClass: 9 }, { testPerClass: 9 }, { size: 16 }, {
      seed: 1,
    }] as Record<string, number>[]
  ) {
    assert.notEqual(await checksumOf(changes), checksum, JSON.stringify(changes));
  }
});

Deno.test("a data set refuses a setting that it does not have", async () => {
  await assert.rejects(DATASETS.cifar10.load({ setting: "C-30K", options: {} }), {
    name: "RangeError",
    message: 'Cannot find CIFAR-10 setting "C-30K": known names are "C-50K", "C-20K", "C-10K"',
  });
});
