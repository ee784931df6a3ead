import assert from "node:assert/strict";
import { ownImages } from "../own_images.ts";
import { ownLabels } from "../own_labels.ts";
import { cifar10 } from "../cifar10.ts";
import { namedDataset } from "./dataset_choice.ts";
import { type Override, PRESETS, resolve, type Specification } from "./experiment.ts";
import { DIFFUSION_PRESETS, diffusionDeviations } from "../presets/diffusion.ts";
import { rc49 } from "../rc49.ts";
import { isGan } from "./gan_schema.ts";
import { tinyImagenet } from "../tiny_imagenet.ts";
import { utkface } from "../utkface.ts";
import { distillers } from "../distillers.ts";
import { walkthrough } from "../walkthrough.ts";

/** Leaves by dotted path; lists are leaves. */
function leavesOf(value: unknown, path = ""): Map<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return new Map([[path, JSON.stringify(value)]]);
  }
  const leaves = Object.entries(value).map(([key, entry]) =>
    leavesOf(entry, path === "" ? key : `${path}.${key}`)
  );
  return new Map(leaves.flatMap((some) => [...some]));
}

Deno.test("resolve() refuses an unknown preset and lists the known ones", () => {
  assert.throws(() => resolve(cifar10, "fast"), {
    name: "RangeError",
    message: 'Cannot find preset "fast": known names are "smoke", "quick", "desk", "paper"',
  });
  // A name of Object's own is no preset.
  assert.throws(() => resolve(cifar10, "toString"), { name: "RangeError" });
});

Deno.test("resolve() refuses an unknown path and lists what is known there", () => {
  const change = (path: string) => () => resolve(cifar10, "paper", { [path]: "1" });
  assert.throws(change("synthesis.rhoo"), {
    name: "RangeError",
    message: "Cannot use synthesis.rhoo: found no option of this name, want one of steps, " +
      'perLabel, burnIn, batch, whenStuck, rho, cutOff, fakes; did you mean "rho"?',
  });
  assert.throws(change("gan.steps.C-30K"), {
    name: "RangeError",
    message:
      "Cannot use gan.steps.C-30K: found no setting of this name, want one of C-50K, C-20K, C-10K, toy",
  });
  assert.throws(change("gan.width.half"), {
    name: "RangeError",
    message:
      'Cannot change "gan.width.half": found gan.width = 1, want an object to change "half" of',
  });
  // Names of Object's own are no options, and change no prototype.
  for (
    const path of ["ratio.toString", "gan.__proto__.x", "__proto__.x", "constructor", "gann.width"]
  ) {
    assert.throws(
      change(path),
      { name: "RangeError", message: /found no option of this name/ },
      path,
    );
  }
  assert.throws(change("gan.guide.weight"), {
    message:
      'Cannot change "gan.guide.weight": found gan.guide = "none", want an object to change "weight" of',
  });
});

Deno.test("resolve() says which option was meant", () => {
  const message = (path: string, value = "1") => {
    try {
      resolve(cifar10, "paper", { [path]: value });
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };
  assert.match(message("gan.famly"), /; did you mean "family"\?$/);
  assert.match(message("gann.width"), /; did you mean "gan"\?$/);
  assert.match(message("fakes"), /; did you mean "synthesis\.fakes"\?$/);
  assert.match(
    message("epochs"),
    /; did you mean "teacherTraining\.epochs" or "studentTraining\.epochs" or /,
  );
  assert.match(message("gan.family", "bigan"), /; did you mean "biggan"\?$/);
  assert.match(
    message("gan.steps", '{"c-10k": 5}'),
    /gan\.steps\.c-10k: .*; did you mean "C-10K"\?$/,
  );
  assert.doesNotMatch(message("colour"), /did you mean/);
});

Deno.test("resolve() checks keys at any depth", () => {
  const change = (path: string, value: string) => () => resolve(cifar10, "desk", { [path]: value });
  const recipe = {
    epochs: 1,
    batch: 64,
    learningRate: 0.05,
    milestones: [],
    momentum: 0.9,
    crop: true,
    flip: true,
  };
  assert.throws(change("studentTraining", JSON.stringify({ ...recipe, weigthDecay: 0.1 })), {
    name: "RangeError",
    message: /^Cannot use studentTraining\.weigthDecay: .*; did you mean "weightDecay"\?$/,
  });
  assert.throws(change("studentTraining", JSON.stringify(recipe)), {
    name: "TypeError",
    message: "Cannot use studentTraining.weightDecay: found none, want a number",
  });
  assert.throws(change("students", '[{"network": "vgg11", "widht": 1}]'), {
    name: "RangeError",
    message: /^Cannot use students\[0\]\.widht: .*; did you mean "width"\?$/,
  });
  for (const nothing of ["null", "[]", "3"]) {
    assert.throws(change("gan", nothing), { name: "TypeError", message: /^Cannot use gan = / });
  }
  assert.throws(change("students", "[null]"), {
    name: "TypeError",
    message:
      "Cannot use students[0] = null: found null, want an object with network, width, such as " +
      '{"network":"vgg11","width":0.25}',
  });
});

Deno.test("resolve() takes settings of a user's own", () => {
  const own = resolve(cifar10, "desk", {
    settings: '["mine"]',
    "gan.steps.mine": "7",
    "synthesis.rho": '{"mine": 0.5}',
  });
  assert.equal(own.gan.steps.mine, 7);
  assert.deepEqual(own.synthesis.rho, { mine: 0.5 });
});

Deno.test("a misspelt name in an experiment does not compile", () => {
  const presets: Override<Specification>[] = [
    // @ts-expect-error gan.family
    { gan: { famly: "biggan" } },
    // @ts-expect-error "biggan"
    { gan: { family: "bigan" } },
    // @ts-expect-error guide.network
    { gan: { guide: { netwrk: "vgg11" } } },
    // @ts-expect-error "none"
    { gan: { guide: "non" } },
    // @ts-expect-error students[].width
    { students: [{ network: "vgg11", widht: 1 }] },
    // @ts-expect-error "nokd"
    { distillers: ["nodk"] },
    // @ts-expect-error evaluation.labels
    { evaluation: { lables: 5 } },
    {
      gan: { guide: { network: "vgg11" }, steps: { any: 1 } },
      ratio: { extractor: { flip: true } },
    },
  ];
  assert.equal(presets.length, 8);
});

Deno.test("resolve() refuses a value of another kind", () => {
  const change = (path: string, text: string) => () => resolve(cifar10, "paper", { [path]: text });
  assert.throws(change("synthesis.fakes", "many"), {
    name: "TypeError",
    message:
      'Cannot use synthesis.fakes = "many": found a string, want an integer of at least 1, such as 100000',
  });
  assert.throws(change("seeds", "3"), {
    name: "TypeError",
    message: "Cannot use seeds = 3: found a number, want a list, such as [2020]",
  });
  assert.throws(change("compat.flipFakes", "yes"), {
    name: "TypeError",
    message:
      'Cannot use compat.flipFakes = "yes": found a string, want true or false, such as false',
  });
});

Deno.test("resolve() sets dotted paths and leaves everything else, the preset included", () => {
  const before = leavesOf(resolve(cifar10, "desk"));
  const after = leavesOf(resolve(cifar10, "desk", {
    "gan.steps.C-10K": "500",
    "ratio.extractor.training.epochs": "2",
    "synthesis.steps": '["subsample"]',
    "filterTeacher.network": "vgg11",
  }));
  const changed = [...after].filter(([path, value]) => before.get(path) !== value);
  assert.deepEqual(changed, [
    ["filterTeacher.network", '"vgg11"'],
    ["gan.steps.C-10K", "500"],
    ["ratio.extractor.training.epochs", "2"],
    ["synthesis.steps", '["subsample"]'],
  ]);
  assert.deepEqual([...after.keys()], [...before.keys()]);
  assert.deepEqual(leavesOf(resolve(cifar10, "desk")), before);
});

/** Sizes, lengths, and what has to follow them: rates and milestones. */
const SIZES = [
  /^(dataset|settings|seeds|teachers|students|curveEvery|gan\.judgeEvery)$/,
  /^(filterTeacher|assistant)\.(network|width)$/,
  /^(teacherTraining|studentTraining|ratio\.extractor\.training)\.(epochs|batch|learningRate|milestones)$/,
  /^gan\.(width|batch|discriminatorSteps|generatorRate|discriminatorRate)$/,
  /^gan\.(steps|diffAugment)\.(toy|4 shapes)$/,
  /^gan\.steps\.(C-10K|R-25|R-5|all)$/,
  /^gan\.embedding\.(width|(images|labels)\.(epochs|batch|milestones))$/,
  /^gan\.average\.(decay|start)$/,
  /^ratio\.(width|epochs|batch|learningRate|milestones)$/,
  /^ratio\.extractor\.(network|width|epochs|batch|learningRate|decayEvery)$/,
  /^synthesis\.(perLabel|burnIn|batch|fakes|rho\.[\w -]+)$/,
  /^evaluation\.(labels|perLabel|images|width)$/,
  /^evaluation\.(autoencoder|judges)\.(epochs|batch|decayEvery|milestones)$/,
  /^(distillers|methodTraining)$/,
];
/** Beside sizes, and only where the deviations of the preset say so. */
const NAMED: readonly [path: RegExp, sentence: RegExp][] = [
  [/^dataset\./, /in place of Tiny-ImageNet|of the 200 classes/],
  [/^compat\./, /quirks/],
  [/^gan\.taper$/, /channels that halve/],
  [/^gan\.family$/, /SNGAN in place of SAGAN/],
  [/^gan\./, /diffusion model \(EDM\) in place of the GAN/],
  [/^synthesis\.steps$/, /No subsampling by density ratio, and no label adjustment/],
  [/^gan\.diffAugment\./, /[Nn]o DiffAugment|without DiffAugment/],
  [/^gan\.auxiliary\./, /auxiliary classifier/],
  [/^gan\.guide(\.|$)/, /guides the generator/],
  [/^gan\.release$/, /generator is released|auxiliary classifier until step/],
  [/^gan\.diversity$/, /as much difference between images/],
  [/^studentEpochs$/, /take equal steps/],
  [/^fakeShare$/, /share of each batch|A fixed share|(half|a quarter) of each batch/],
  [/^synthesis\.whenStuck$/, /as they come/],
  [/^ratio\.pool$/, /[Ff]akes of (its|the density ratio's) fit drawn once|as small as it can be/],
];

function guideOf({ gan }: Specification) {
  assert.ok(isGan(gan));
  return gan.guide;
}

Deno.test("resolve() switches parts off and on", () => {
  const off = { "gan.guide": "none", "gan.average": "none", "ratio.pool": "fresh" };
  const plain = resolve(cifar10, "desk", off);
  assert.deepEqual([guideOf(plain), plain.gan.average, plain.ratio.pool], [
    "none",
    "none",
    "fresh",
  ]);
  const guide = guideOf(resolve(cifar10, "desk"));
  const paper = resolve(cifar10, "paper", {
    "gan.guide": JSON.stringify(guide),
    "ratio.pool": "5",
  });
  assert.deepEqual([guideOf(paper), paper.ratio.pool], [guide, 5]);
  // Known to some presets only.
  assert.equal(resolve(rc49, "paper", { "gan.judgeEvery": "100" }).gan.judgeEvery, 100);
});

Deno.test("resolve() takes what a preset changes for a setting, below the changes of a user", () => {
  const plain = resolve(rc49, "desk");
  assert.deepEqual(resolve(rc49, "desk", {}, "R-25"), plain);
  const few = resolve(rc49, "desk", {}, "R-5");
  assert.equal(few.teacherTraining.epochs, 5 * plain.teacherTraining.epochs);
  assert.equal(few.teacherTraining.batch, plain.teacherTraining.batch);
  assert.deepEqual(resolve(rc49, "paper", {}, "R-5"), resolve(rc49, "paper"));
  const changed = resolve(rc49, "desk", { "teacherTraining.epochs": "7" }, "R-5");
  assert.equal(changed.teacherTraining.epochs, 7);
});

Deno.test("resolve() gives another kind of generator the options of the preset for that kind", () => {
  const gan = resolve(cifar10, "desk");
  const changes = { "gan.sampling.steps": "9", "gan.family": "diffusion", "gan.steps.C-10K": "7" };
  const { gan: found, ...rest } = resolve(cifar10, "desk", changes);
  assert.ok(!isGan(found));
  assert.deepEqual(found, {
    ...DIFFUSION_PRESETS.desk,
    family: "diffusion",
    steps: { "C-10K": 7, "C-20K": 18_000, "C-50K": 48_000 },
    sampling: { ...DIFFUSION_PRESETS.desk.sampling, steps: 9 },
  });
  const { gan: _gan, ...wanted } = gan;
  assert.deepEqual(rest, wanted);
  // What scalar labels need stays the experiment's.
  for (const preset of PRESETS) {
    const scalar = resolve(rc49, preset, { "gan.family": "diffusion" });
    const { vicinity, embedding, steps } = resolve(rc49, preset).gan;
    assert.deepEqual([scalar.gan.vicinity, scalar.gan.embedding, scalar.gan.steps], [
      vicinity,
      embedding,
      steps,
    ]);
  }
});

Deno.test("resolve() gives a preset of its own kind of generator no option of the paper's kind", () => {
  const { gan } = resolve(utkface, "desk");
  assert.ok(!isGan(gan));
  assert.equal("taper" in gan, false);
  // What both kinds have comes from the paper, below what the preset says.
  assert.deepEqual(gan.vicinity, utkface.paper.gan.vicinity);
  assert.equal(gan.embedding!.flip, true);
  assert.equal(gan.embedding!.width, 0.125);
  assert.equal(gan.steps["all"], 2500);
  const back = resolve(utkface, "desk", { "gan.family": "sagan", "gan.batch": "16" }).gan;
  assert.ok(isGan(back));
  assert.deepEqual([back.family, back.width, back.batch, back.steps], [
    "sagan",
    0.125,
    16,
    { all: 4800 },
  ]);
  assert.equal("sampling" in back, false);
});

Deno.test("resolve() knows the options of the family at hand only", () => {
  const diffusion = { "gan.family": "diffusion" };
  assert.throws(
    () => resolve(cifar10, "desk", { ...diffusion, "gan.discriminatorSteps": "2" }),
    /^RangeError: Cannot use gan\.discriminatorSteps: found no option of this name, want one of family, /,
  );
  assert.throws(
    () => resolve(cifar10, "desk", { "gan.sampling.steps": "9" }),
    /^RangeError: Cannot use gan\.sampling: found no option of this name, want one of family, /,
  );
  assert.throws(
    () => resolve(cifar10, "desk", { "gan.family": "difusion" }),
    /want one of "sngan", "sagan", "biggan", "biggan64", "diffusion"; did you mean "diffusion"\?$/,
  );
  // A GAN of another family keeps its options.
  const sagan = resolve(cifar10, "desk", { "gan.family": "sagan" });
  assert.deepEqual(sagan.gan, { ...resolve(cifar10, "desk").gan, family: "sagan" });
});

Deno.test("resolve() has no preset paper for a demonstration", () => {
  assert.throws(() => resolve(walkthrough, "paper"), {
    name: "RangeError",
    message:
      'Cannot run "walkthrough" at preset "paper": it is a demonstration and repeats nothing of the ' +
      "paper, want another preset",
  });
});

for (
  const experiment of [
    cifar10,
    distillers,
    walkthrough,
    ownImages,
    ownLabels,
    tinyImagenet,
    rc49,
    utkface,
  ]
) {
  for (const preset of PRESETS) {
    if (preset === "paper" && experiment.isDemonstration) continue;
    Deno.test(`${experiment.name} at "${preset}" changes sizes and lengths, and names the rest`, () => {
      const paper = leavesOf(experiment.paper);
      const resolved = resolve(experiment, preset);
      const { gan } = resolved;
      const bySetting = [undefined, ...resolved.settings].map((setting) =>
        resolve(experiment, preset, {}, setting)
      );
      const deviations = [
        ...experiment.deviations[preset],
        ...bySetting.flatMap(({ gan }) => isGan(gan) ? [] : diffusionDeviations(gan)),
      ].join("\n");
      const inSettings = bySetting.flatMap((one) => [...leavesOf(one)]);
      const unexplained = inSettings.flatMap(([path, value]) => {
        if (paper.get(path) === value || SIZES.some((size) => size.test(path))) return [];
        const named = NAMED.some(([what, sentence]) =>
          what.test(path) && sentence.test(deviations)
        );
        return named ? [] : [`${path} = ${value}`];
      });
      assert.deepEqual(unexplained, []);
      // Whatever a setting needs is there.
      for (const setting of resolved.settings) {
        const tables = [gan.steps, resolved.synthesis.rho, ...isGan(gan) ? [gan.diffAugment] : []];
        for (const table of tables) assert.ok(Object.hasOwn(table, setting), setting);
      }
    });
  }
}

Deno.test("an option of the data set whose place a preset's toys take is refused with the reason", () => {
  assert.throws(() => resolve(ownImages, "smoke", { "dataset.path": "pets" }), {
    name: "RangeError",
    message:
      'Cannot use dataset.path at preset "smoke": found data set "toy", which takes the place of ' +
      '"image_folder" there; want another preset, such as "quick"',
  });
  assert.throws(
    () => resolve(utkface, "smoke", { "dataset.copies": "first" }),
    /found data set "toy_angles", which takes the place of "utkface"/,
  );
  assert.throws(
    () => resolve(ownImages, "smoke", { "dataset.pathh": "pets" }),
    /found no option of this name/,
  );
  assert.deepEqual(resolve(ownImages, "smoke", { "dataset.classes": "3" }).dataset, {
    name: "toy",
    classes: 3,
  });
  const chosen = { dataset: '{"name":"image_folder","path":"pets"}', "dataset.size": "32" };
  assert.equal(namedDataset(resolve(ownImages, "smoke", chosen).dataset).name, "image_folder");
});
