import assert from "node:assert/strict";
import { cifar10 } from "../cifar10.ts";
import { resolve } from "./experiment.ts";
import { optionsText } from "./options_text.ts";

Deno.test("optionsText() tells name, value, kind, range and meaning", () => {
  const specification = resolve(cifar10, "desk");
  assert.equal(
    optionsText(specification, "synthesis.fakes"),
    "synthesis.fakes = 40000   integer, 1 to 1000000\n    M^g: processed fakes in the training set.",
  );
  const guide = optionsText(specification, "gan.guide").split("\n");
  assert.match(guide[0]!, /^gan\.guide = \{.*\.\.\. {3}"none" or object with network, width, /);
  assert.ok(guide.includes("gan.guide.width = 0.25   number, (0, 4]"));
  assert.match(optionsText(specification, "evaluation.labels"), /^evaluation\.labels is not set /);
  assert.match(
    optionsText(specification, "students"),
    /^students = .*\n.*\nstudents\[\]\.network {3}one of /,
  );
  const all = optionsText(specification);
  for (const name of ["dataset", "gan.steps.C-10K", "ratio.extractor.sparsity", "compat.tie"]) {
    assert.ok(all.includes(`\n${name} `) || all.startsWith(`${name} `), name);
  }
});

Deno.test("optionsText() refuses a prefix that begins no name", () => {
  const specification = resolve(cifar10, "desk");
  assert.throws(() => optionsText(specification, "gan.guid"), {
    name: "RangeError",
    message: /^Cannot find options "gan\.guid": .*; did you mean "gan\.guide"\?$/,
  });
  assert.throws(() => optionsText(specification, "sythesis"), /did you mean "synthesis"\?$/);
});
