import assert from "node:assert/strict";
import { cifar10 } from "../cifar10.ts";
import { PRESETS, resolve } from "./experiment.ts";
import { rc49 } from "../rc49.ts";
import { utkface } from "../utkface.ts";
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
    message: 'Cannot change "synthesis.rhoo": "rhoo" is not known; known names are steps, ' +
      "perLabel, burnIn, batch, whenStuck, rho, fakes",
  });
  assert.throws(change("gan.steps.C-30K"), {
    name: "RangeError",
    message:
      'Cannot change "gan.steps.C-30K": "C-30K" is not known; known names are C-50K, C-20K, C-10K',
  });
  assert.throws(change("gan.width.half"), {
    name: "RangeError",
    message: 'Cannot change "gan.width.half": "half" is not known; known names are none',
  });
  assert.throws(change("ratio.toString"), { name: "RangeError" });
});

Deno.test("resolve() refuses a value of another kind", () => {
  const change = (path: string, text: string) => () => resolve(cifar10, "paper", { [path]: text });
  assert.throws(change("synthesis.fakes", "many"), {
    name: "TypeError",
    message:
      'Cannot change "synthesis.fakes" to many: found a string, want a number such as 100000',
  });
  assert.throws(change("seeds", "3"), {
    name: "TypeError",
    message: 'Cannot change "seeds" to 3: found a number, want a list such as [2020]',
  });
  assert.throws(change("compat.flipFakes", "yes"), {
    name: "TypeError",
    message:
      'Cannot change "compat.flipFakes" to yes: found a string, want a boolean such as false',
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
  /^distillers$/,
];
/** Beside sizes, and only where the deviations of the preset say so. */
const NAMED: readonly [path: RegExp, sentence: RegExp][] = [
  [/^compat\./, /quirks/],
  [/^gan\.taper$/, /channels that halve/],
  [/^gan\.family$/, /SNGAN in place of SAGAN/],
  [/^gan\.diffAugment\./, /[Nn]o DiffAugment|without DiffAugment/],
  [/^gan\.auxiliary\./, /auxiliary classifier/],
  [/^gan\.guide(\.|$)/, /guides the generator/],
  [/^gan\.diversity$/, /as much difference between images/],
  [/^synthesis\.whenStuck$/, /as they come/],
  [/^ratio\.pool$/, /[Ff]akes of (its|the density ratio's) fit drawn once|as small as it can be/],
];

Deno.test("resolve() switches parts off and on", () => {
  const off = { "gan.guide": "none", "gan.average": "none", "ratio.pool": "fresh" };
  const plain = resolve(cifar10, "desk", off);
  assert.deepEqual([plain.gan.guide, plain.gan.average, plain.ratio.pool], [
    "none",
    "none",
    "fresh",
  ]);
  const { guide } = resolve(cifar10, "desk").gan;
  const paper = resolve(cifar10, "paper", {
    "gan.guide": JSON.stringify(guide),
    "ratio.pool": "5",
  });
  assert.deepEqual([paper.gan.guide, paper.ratio.pool], [guide, 5]);
  // Known to some presets alone.
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

Deno.test("resolve() has no preset paper for a demonstration", () => {
  assert.throws(() => resolve(walkthrough, "paper"), {
    name: "RangeError",
    message:
      'Cannot run "walkthrough" at preset "paper": it is a demonstration and repeats nothing of the ' +
      "paper, want another preset",
  });
});

for (const experiment of [cifar10, walkthrough, rc49, utkface]) {
  for (const preset of PRESETS) {
    if (preset === "paper" && experiment.isDemonstration) continue;
    Deno.test(`${experiment.name} at "${preset}" changes sizes and lengths, and names the rest`, () => {
      const paper = leavesOf(experiment.paper);
      const resolved = resolve(experiment, preset);
      const deviations = experiment.deviations[preset].join("\n");
      const inSettings = [undefined, ...resolved.settings].flatMap((setting) => [
        ...leavesOf(resolve(experiment, preset, {}, setting)),
      ]);
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
        for (
          const table of [resolved.gan.steps, resolved.gan.diffAugment, resolved.synthesis.rho]
        ) {
          assert.ok(Object.hasOwn(table, setting), setting);
        }
      }
    });
  }
}
