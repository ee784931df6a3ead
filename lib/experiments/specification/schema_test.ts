import assert from "node:assert/strict";
import { listOptions } from "../../base/options/option_list.ts";
import { isPlainObject } from "../../base/options/options.ts";
import { cifar10 } from "../cifar10.ts";
import { type Experiment, resolve } from "./experiment.ts";
import { rc49 } from "../rc49.ts";
import { SPECIFICATION } from "./schema.ts";

/** Between them they have every part: classes and scalar labels, with and without guide and autoencoder. */
const EXPERIMENTS: readonly Experiment[] = [cifar10, rc49];

const listed = (experiment: Experiment) =>
  listOptions(SPECIFICATION, resolve(experiment, "desk")).filter(({ value }) =>
    value !== undefined
  );

/** What `resolve` says to a value; empty where it takes it. */
function fault(experiment: Experiment, path: string, value: unknown): string {
  const text = Number.isNaN(value) ? "NaN" : value === Infinity ? "1e999" : JSON.stringify(value);
  try {
    resolve(experiment, "desk", { [path]: text });
    return "";
  } catch (error) {
    assert.ok(error instanceof RangeError || error instanceof TypeError, `${path}: ${error}`);
    return (error as Error).message;
  }
}

/** Refused, naming the path and nothing of the engine's own. */
function assertRefused(experiment: Experiment, path: string, value: unknown): void {
  const message = fault(experiment, path, value);
  assert.ok(
    message.startsWith(`Cannot use ${path}`),
    `${path} = ${JSON.stringify(value)}: ${message}`,
  );
  assert.match(message, /want/);
}

for (const experiment of EXPERIMENTS) {
  Deno.test(`every option of ${experiment.name} refuses values of another kind`, () => {
    for (const { path, value } of listed(experiment)) {
      const others = [null, NaN, Infinity, -1, {}, { colour: 1 }, "no such word", [null], [[]], [
        {},
      ]];
      for (const other of others) assertRefused(experiment, path, other);
      // A number, a word or a switch as text, and in a list.
      if (!Array.isArray(value)) assertRefused(experiment, path, [value]);
      if (typeof value !== "string") assertRefused(experiment, path, JSON.stringify(value));
      if (typeof value !== "boolean") assertRefused(experiment, path, true);
      if (typeof value === "boolean") assertRefused(experiment, path, 1);
      const mayBeEmpty = /milestones$|^synthesis\.steps$|^methodTraining$/.test(path);
      if (mayBeEmpty) assert.equal(fault(experiment, path, []), "");
      else assertRefused(experiment, path, []);
    }
  });

  Deno.test(`every number of ${experiment.name} is taken at the ends of its range and refused beyond`, () => {
    let numbers = 0;
    for (const { path, value, kind, range } of listed(experiment)) {
      if (typeof value !== "number" || range === undefined) continue;
      numbers++;
      const whole = /^(\d+) to (\d+)$/.exec(range);
      if (whole !== null) {
        const [from, to] = [Number(whole[1]), Number(whole[2])];
        assert.equal(fault(experiment, path, from), "", path);
        assert.equal(fault(experiment, path, to), "", path);
        for (const beyond of [from - 1, from + 0.5, to + 1]) {
          assertRefused(experiment, path, beyond);
        }
        continue;
      }
      const [, opening, low, high, closing] = /^([[(])(\S+), (\S+)([\])])$/.exec(range)!;
      assert.match(kind, /number/);
      assert.equal(fault(experiment, path, Number(low)) === "", opening === "[", path);
      assert.equal(fault(experiment, path, Number(high)) === "", closing === "]", path);
      assertRefused(experiment, path, Number(low) - 1e-9);
      assertRefused(experiment, path, Number(high) * 1.001);
    }
    assert.ok(numbers > 40, `found ${numbers}`);
  });

  Deno.test(`every object of ${experiment.name} refuses a key that it does not know, and one that is missing`, () => {
    const objects = new Map<string, Record<string, unknown>>();
    const collect = (value: unknown, path: string): void => {
      if (!isPlainObject(value)) return;
      if (path !== "") objects.set(path, value);
      for (const [key, part] of Object.entries(value)) {
        collect(part, path === "" ? key : `${path}.${key}`);
      }
    };
    const specification = resolve(experiment, "desk");
    collect(specification, "");
    assert.ok(objects.size > 15);
    for (const [path, object] of objects) {
      assertRefused(experiment, path, { ...object, colour: 1 });
      const bySetting = listed(experiment).some((one) =>
        one.setting !== undefined && one.path === `${path}.${one.setting}`
      );
      for (const key of bySetting ? [] : Object.keys(object)) {
        const { [key]: _, ...rest } = object;
        const isOptional = /^(vicinity|embedding|judgeEvery|release|adjustClip|regressionBalance)$/
          .test(
            key,
          );
        if (isOptional) assert.equal(fault(experiment, path, rest), "", `${path}.${key}`);
        // An autoencoder without its name is taken for a classifier.
        else assert.notEqual(fault(experiment, path, rest), "", `${path}.${key}`);
      }
    }
    for (const list of ["students", "teachers"] as const) {
      const [first] = specification[list];
      assertRefused(experiment, list, [{ ...first, colour: 1 }]);
      assertRefused(experiment, list, [first, { network: first!.network }]);
      assertRefused(experiment, list, [first, first]);
    }
  });

  Deno.test(`every option of ${experiment.name} is documented`, () => {
    const documented = listed(experiment);
    for (const { path, what, kind } of documented) {
      assert.match(what, /^\p{Lu}.*\.$|^".*\.$|^b: .*\.$|^λ.*\.$/u, path);
      assert.notEqual(kind, "value", path);
    }
    const leaves = (value: unknown, path: string): string[] =>
      isPlainObject(value)
        ? Object.entries(value).flatMap(([key, part]) =>
          leaves(part, path === "" ? key : `${path}.${key}`)
        )
        : [path];
    const paths = new Set(documented.map(({ path }) => path));
    assert.deepEqual(
      leaves(resolve(experiment, "desk"), "").filter((path) => !paths.has(path)),
      [],
    );
  });
}
