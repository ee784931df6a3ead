import assert from "node:assert/strict";
import { utkface } from "../utkface.ts";
import { datasetIdentity } from "./dataset_choice.ts";
import { type Experiment, resolve } from "./experiment.ts";
import { optionsText } from "./options_text.ts";
import type { DatasetChoice } from "./schema.ts";

/** What `resolve` makes of a change, or says to it. */
function tried(changes: Record<string, string>): unknown {
  try {
    return resolve(utkface, "desk", changes).dataset;
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

Deno.test("a data set is a name, or an object with a name and options of its loader", () => {
  assert.equal(tried({}), "utkface");
  assert.equal(tried({ dataset: "toy_angles" }), "toy_angles");
  const chosen: DatasetChoice = { name: "utkface", copies: "first", replicate: 0 };
  assert.deepEqual(tried({ dataset: JSON.stringify(chosen) }), chosen);
  assert.deepEqual(tried({ "dataset.copies": "first" }), { name: "utkface", copies: "first" });
});

Deno.test("a data set in an experiment's file does not compile where an option is misspelt", () => {
  const misspelt: DatasetChoice[] = [
    // @ts-expect-error: copies
    { name: "utkface", copys: "first" },
    // @ts-expect-error: first
    { name: "utkface", copies: "frist" },
    // @ts-expect-error: an option of another data set
    { name: "cifar10", copies: "first" },
    // @ts-expect-error: utkface
    { name: "utkfaces" },
    // @ts-expect-error: a name
    "utkfaces",
  ];
  for (const one of misspelt) {
    assert.equal(typeof tried({ dataset: JSON.stringify(one) }), "string");
  }
});

Deno.test("a data set from the command line is refused by name, with what is known", () => {
  assert.equal(
    tried({ "dataset.copys": "first" }),
    "RangeError: Cannot use dataset.copys: found no option of this name, want one of name, copies, replicate, from, " +
      'seed; did you mean "copies"?',
  );
  assert.equal(
    tried({ "dataset.copies": "frist" }),
    'RangeError: Cannot use dataset.copies = "frist": want one of "drop", "first", "all"; did you mean "first"?',
  );
  assert.match(
    String(tried({ dataset: '{"name":"utkfaces"}' })),
    /^RangeError: Cannot use dataset.name = "utkfaces": want one of .*; did you mean "utkface"\?$/,
  );
  assert.match(
    String(tried({ dataset: '{"copies":"first"}' })),
    /^TypeError: Cannot use dataset.name/,
  );
  assert.match(String(tried({ "dataset.replicate": "0.5" })), /replicate = 0.5: want an integer/);
  for (const other of ["[]", "null", "3", '["utkface"]']) {
    assert.match(String(tried({ dataset: other })), /^RangeError: Cannot use dataset = /, other);
  }
});

Deno.test("datasetIdentity() is the plain name unless an option differs from its standard value", () => {
  for (
    const same of ["utkface", { name: "utkface" }, { name: "utkface", copies: "drop" }, {
      name: "utkface",
      seed: 2020,
    }] as DatasetChoice[]
  ) {
    assert.equal(datasetIdentity(same), "utkface");
  }
  assert.deepEqual(datasetIdentity({ name: "utkface", seed: 1, copies: "drop" }), {
    name: "utkface",
    seed: 1,
  });
});

Deno.test("a preset with another data set takes none of the options of the paper's", () => {
  const experiment: Experiment = {
    ...utkface,
    paper: { ...utkface.paper, dataset: { name: "utkface", copies: "first" } },
    presets: { ...utkface.presets, desk: { dataset: { name: "toy_angles", angles: 9 } } },
  };
  assert.deepEqual(resolve(experiment, "desk").dataset, { name: "toy_angles", angles: 9 });
});

Deno.test("optionsText() lists the options of the data set at hand, and of no other", () => {
  const text = optionsText(resolve(utkface, "desk"), "dataset");
  assert.match(text, /^dataset\.copies is not set {3}one of "drop", "first", "all"$/m);
  assert.match(text, /Default: "drop"\.$/m);
  assert.ok(!text.includes("dataset.perClass"));
  assert.match(
    optionsText(resolve(utkface, "desk", { "dataset.copies": "all" }), "dataset"),
    /^dataset\.copies = "all" /m,
  );
});
