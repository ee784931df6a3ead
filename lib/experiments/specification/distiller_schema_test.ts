import assert from "node:assert/strict";
import { rc49 } from "../rc49.ts";
import { cifar10 } from "../cifar10.ts";
import { type Experiment, resolve } from "./experiment.ts";
import { optionsText } from "./options_text.ts";
import type { DistillerChoice } from "./schema.ts";

/** What `resolve` says to `distillers=...`. */
function fault(distillers: string, experiment: Experiment = cifar10): string {
  try {
    resolve(experiment, "desk", { distillers });
    return "";
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

Deno.test("distillers are names, or objects with a name and options", () => {
  const distillers: DistillerChoice[] = [
    "nokd",
    { name: "dkd", warmUpEpochs: 2 },
    { name: "fitnet", stage: 3, kd: 1 },
    { name: "takd" },
  ];
  const { distillers: found } = resolve(cifar10, "desk", {
    distillers: JSON.stringify(distillers),
  });
  // As they were given: standard values are for the methods to fill in.
  assert.deepEqual(found, distillers);
  assert.equal(fault('[{"name":"pkt","weight":10}]', rc49), "");
});

Deno.test("distillers in an experiment's file do not compile where an option is misspelt", () => {
  const misspelt: DistillerChoice[] = [
    // @ts-expect-error: warmUpEpochs
    { name: "dkd", warmupEpochs: 2 },
    // @ts-expect-error: an option of another method
    { name: "pkt", warmUpEpochs: 2 },
    // @ts-expect-error: a text
    { name: "dkd", alpha: "1" },
    // @ts-expect-error: review_kd
    { name: "reviewkd" },
    // @ts-expect-error: a name
    "reviewkd",
  ];
  for (const one of misspelt) assert.notEqual(fault(JSON.stringify([one])), "");
});

Deno.test("distillers from the command line are refused by name, with what is known", () => {
  assert.equal(
    fault('[{"name":"dkd","warmupEpochs":2}]'),
    "RangeError: Cannot use distillers[0].warmupEpochs: found no option of this name, want one of name, alpha, " +
      'beta, temperature, warmUpEpochs; did you mean "warmUpEpochs"?',
  );
  assert.equal(
    fault('["nokd",{"name":"dkd","alpha":-1}]'),
    "RangeError: Cannot use distillers[1].alpha = -1: want a number in [0, 1000000]",
  );
  assert.match(
    fault('[{"name":"dkd","alpha":"1"}]'),
    /^TypeError: Cannot use distillers\[0\]\.alpha = "1": found a string, want a number/,
  );
  assert.match(
    fault('[{"name":"dkt","alpha":1}]'),
    /^RangeError: Cannot use distillers\[0\]\.name = "dkt": want one of "nokd", .*; did you mean "/,
  );
  assert.match(
    fault('["rkdd"]'),
    /^RangeError: Cannot use distillers\[0\] = "rkdd": .*did you mean "rkd"/,
  );
  assert.equal(
    fault('[{"alpha":1}]'),
    "TypeError: Cannot use distillers[0].name: found none, want a name",
  );
  for (const other of ["[[]]", "[null]", "[1]", '[["nokd"]]', "[{}]", "[]", '["nokd","nokd"]']) {
    assert.match(fault(other), /^\w+Error: Cannot use distillers/, other);
  }
});

Deno.test("options of distillers are documented with their standard values", () => {
  const text = optionsText(resolve(cifar10, "desk"), "distillers");
  assert.match(
    text,
    /^distillers = \["nokd","blkd"\] {3}list of one of "nokd", .* or an object with this name/,
  );
  const lines = text.split("\n");
  const at = lines.findIndex((line) => line.startsWith("distillers[dkd].beta "));
  assert.equal(lines[at], "distillers[dkd].beta   number, [0, 1000000]");
  assert.equal(lines[at + 1], "    Weight of the other half. Default: 8.");
  assert.ok(lines.some((line) => line.startsWith("distillers[vid].weight ")));
  assert.ok(!lines.some((line) => line.includes("].name")));
  assert.match(
    optionsText(resolve(cifar10, "desk"), "distillers[fitnet]"),
    /^distillers\[fitnet\]\.weight /,
  );
});
