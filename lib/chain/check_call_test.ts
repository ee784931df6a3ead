import assert from "node:assert/strict";
import { cifar10 } from "../experiments/cifar10.ts";
import { checkCall } from "./check_call.ts";
import { planRuns } from "./plan_runs.ts";

Deno.test("checkCall() lets pass what a notebook means", () => {
  checkCall(cifar10, {});
  checkCall(cifar10, { preset: "smoke", setting: undefined, changes: { trainImages: "40" } });
  checkCall(planRuns(cifar10, { preset: "smoke" })[0], { fresh: "all", page: () => ({}) });
  checkCall(cifar10, { bound: false }, ["bound"]);
});

Deno.test("checkCall() names an option that nobody reads, and who was meant", () => {
  const refusal = (options: object) => {
    try {
      checkCall(cifar10, options);
    } catch (error) {
      return String(error);
    }
  };
  assert.match(
    refusal({ presett: "smoke" })!,
    /^RangeError: Cannot use option "presett": want one of preset, setting, .*did you mean "preset"\?$/,
  );
  assert.match(refusal({ trainImages: 40 })!, /what the specification shows goes into changes$/);
  assert.match(refusal({ bound: false })!, /^RangeError: Cannot use option "bound"/);
});

Deno.test("checkCall() says what it found in place of an experiment, of options or of an option", () => {
  const cases: [unknown, unknown, RegExp][] = [
    ["cifar10", {}, /found string "cifar10", want one of lib\/mod.ts/],
    [undefined, {}, /found nothing, want one of lib/],
    [Promise.resolve(cifar10), {}, /found a promise \(await it\)/],
    [{}, {}, /found another object/],
    [cifar10, "smoke", /found string "smoke" as options, want an object/],
    [cifar10, { preset: 3 }, /Cannot use option preset: found number 3, want a string/],
    [cifar10, { changes: ["trainImages=40"] }, /Cannot use option changes: found a list, want an/],
    [cifar10, { changes: "trainImages=40" }, /found string "trainImages=40", want an object/],
  ];
  for (const [what, options, message] of cases) {
    assert.throws(() => checkCall(what, options), { name: "TypeError", message });
  }
});
