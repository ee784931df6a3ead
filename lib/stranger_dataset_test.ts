import assert from "node:assert/strict";
import {
  type Dataset,
  imagesInMemory,
  type RealImages,
  type Regression,
} from "./base/contracts.ts";
import { OPENED_SETS, unpublishedSets } from "./base/disk/opened_sets.ts";
import { group, integer, optional } from "./base/options/options.ts";
import { rngOf } from "./base/rng.ts";
import { shortHashOf } from "./data/files/hash.ts";
import type { DatasetLoader } from "./data/loader.ts";
import { checkDataset } from "./data/parts/check.ts";
import { splitStratified } from "./data/parts/split.ts";
import { DATASETS } from "./registry.ts";

// All that somebody writes who brings a data set along: this, in a file of its own,

const STRIPES_OPTIONS = group("Sizes of the stripes.", {
  perWidth: optional(
    integer("Training images of each width.", { from: 5, to: 1000, why: "a test is short" }),
    8,
  ),
});

/** Upright stripes, whose width in light years is the label. */
const stripes: DatasetLoader<typeof STRIPES_OPTIONS> = {
  title: "Stripes",
  options: STRIPES_OPTIONS,
  load({ setting, options: { perWidth } }) {
    const widths = [2, 3, 5, 8];
    const task: Regression = {
      kind: "regression",
      minimum: 2,
      maximum: 8,
      scale: 10,
      unit: "light years",
      labels: widths,
    };
    const draw = (part: string, each: number): RealImages & { readonly bytes: Uint8Array } => {
      const labels = Float32Array.from({ length: widths.length * each }, (_, i) => widths[i % 4]!);
      const rng = rngOf(1, "stripes", part);
      const bytes = new Uint8Array(labels.length * 64 * 64 * 3);
      for (let i = 0, out = 0; i < labels.length; i++) {
        const shift = rng.integer(16);
        for (let pixel = 0; pixel < 64 * 64; pixel++) {
          const isLight = Math.floor((pixel % 64 + shift) / labels[i]!) % 2 === 0;
          for (let channel = 0; channel < 3; channel++) bytes[out++] = isLight ? 230 : 20 + shift;
        }
      }
      const images = imagesInMemory(bytes, { height: 64, width: 64, channels: 3 });
      return { images, labels, task, origin: "toy", bytes };
    };
    const train = draw("train", perWidth);
    const test = draw("test", 4);
    const { chosen, rest } = splitStratified(train.labels, 0.8, rngOf(1, "stripes", "split"));
    return Promise.resolve({
      name: "Stripes",
      setting,
      train,
      test,
      originals: train.labels.length,
      subtrain: chosen,
      subtrainOriginals: chosen.length,
      subvalid: rest,
      types: "none",
      others: "none",
      inspection: {
        counted: "stripes",
        found: train.labels.length + 1,
        kept: train.labels.length,
        skipped: [{
          rule: "bent",
          reason: "no width can be told",
          files: [{ name: "stripe 9", detail: "an arc" }],
        }],
        remarks: [],
      },
      checksum: shortHashOf(train.bytes, test.bytes),
      source: "drawn by a test",
      mayBePublished: false,
    });
  },
};

// and one line of the registry, before anything asks for its names.
Object.assign(DATASETS, { stripes });

const { rc49 } = await import("./experiments/rc49.ts");
const { datasetNotes } = await import("./figures/dataset_notes.ts");
const { realImages, realLabels } = await import("./figures/data.ts");
const { openRun } = await import("./chain/open_run.ts");

const CHANGES = {
  dataset: '{"name":"stripes","perWidth":10}',
  trainOn: '["real"]',
  "studentTraining.batch": "16",
};

Deno.test("a data set of somebody's own is one file and one line: checked, trained on, recorded, shown", async () => {
  const results = await Deno.makeTempDir();
  const told = `${results}/opened_sets.jsonl`;
  Deno.env.set(OPENED_SETS, told);
  try {
    const run = await openRun(rc49, { preset: "smoke", results, changes: CHANGES });
    // Before anything of it can be shown.
    assert.deepEqual(await unpublishedSets(told), ["Stripes"]);
    assert.equal(run.dataset.train.labels.length, 40);
    const [result] = await run.students();
    const { cell, value } = result!.record;
    assert.equal(cell.dataset, "Stripes");
    assert.ok(Number.isFinite(value));
    const notes = datasetNotes(run).toText();
    assert.match(notes, /4 labels from 2 to 8 light years; 64 x 64 pixels/);
    assert.match(notes, /skipped: bent +1 +no width can be told +stripe 9 \(an arc\)/);
    assert.match(await realLabels(run).toSVG(), /light years/);
    assert.ok(realImages(run).toPNG().length > 0);
  } finally {
    Deno.env.delete(OPENED_SETS);
    await Deno.remove(results, { recursive: true });
  }
});

Deno.test("options of a data set of somebody's own are refused by name, as those of ours", async () => {
  const opening = (dataset: string) =>
    openRun(rc49, { preset: "smoke", changes: { ...CHANGES, dataset } });
  await assert.rejects(opening('{"name":"stripes","perWidht":10}'), {
    name: "RangeError",
    message:
      "Cannot use dataset.perWidht: found no option of this name, want one of name, perWidth; did you mean " +
      '"perWidth"?',
  });
  await assert.rejects(
    opening('{"name":"stripes","perWidth":4}'),
    /dataset\.perWidth = 4: want an integer/,
  );
});

Deno.test("a loader that forgets a part of the contract does not compile, and what it gives is refused", async () => {
  const whole = await stripes.load({ setting: "all", options: { perWidth: 5 } });
  checkDataset(whole);
  const { originals: _originals, ...uncounted } = whole;
  const { subtrainOriginals: _subtrainOriginals, ...halfCounted } = whole;
  const { types: _types, ...untyped } = whole;
  const { others: _others, ...alone } = whole;
  const { inspection: _inspection, ...uninspected } = whole;
  const { checksum: _checksum, ...unidentified } = whole;
  const { mayBePublished: _mayBePublished, ...unruled } = whole;
  const incomplete: Dataset[] = [
    // @ts-expect-error: originals
    uncounted,
    // @ts-expect-error: subtrainOriginals
    halfCounted,
    // @ts-expect-error: types
    untyped,
    // @ts-expect-error: others
    alone,
    // @ts-expect-error: inspection
    uninspected,
    // @ts-expect-error: checksum
    unidentified,
    // @ts-expect-error: mayBePublished
    unruled,
    // @ts-expect-error: fakes are no data set
    { ...whole, train: { ...whole.train, origin: "fake" } },
  ];
  for (const one of incomplete) assert.throws(() => checkDataset(one));
});
