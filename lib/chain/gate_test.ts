import assert from "node:assert/strict";
import { TrainingStopped } from "../base/training/failures.ts";
import { checkParameters, Gate, RunRefused } from "./gate.ts";

const stopped = () =>
  Promise.reject(new TrainingStopped("Stopped cGAN at step 3 of 9: run again to go on"));

Deno.test("Gate refuses the calls of waiting cells after a stop in one line, until a run is opened", async () => {
  let now = 0;
  const gate = new Gate(() => now);
  await assert.rejects(gate.watch(stopped), { name: "TrainingStopped" });
  for (const call of [() => gate.check(), () => gate.checkMaking("teacher")]) {
    assert.throws(call, (error: Error) => {
      assert(error instanceof RunRefused);
      assert.match(error.message, /^Not run after "Stopped cGAN at step 3 of 9": run it again/);
      assert.equal(error.stack!.split("\n").length, 1);
      return true;
    });
  }
  gate.open();
  gate.check();

  // Thirty waiting cells, one a second, and then somebody runs the stopped one again.
  await assert.rejects(gate.watch(stopped));
  for (let cell = 0; cell < 30; cell++) {
    now += 1000;
    assert.throws(() => gate.check(), RunRefused);
  }
  now += 2000;
  gate.check();
  now += 1;
  gate.check();
});

Deno.test("Gate closes at any error but its own, whose cause it keeps", async () => {
  const gate = new Gate();
  await assert.rejects(gate.watch(() => Promise.reject(new TypeError("no folder\nsecond line"))));
  await assert.rejects(gate.watch(() => Promise.reject(new RunRefused("later"))));
  assert.throws(() => gate.check(), /Not run after "no folder":/);
});

Deno.test("Gate.checkMaking() passes only while somebody waits for the work", async () => {
  const gate = new Gate();
  assert.throws(() => gate.checkMaking("cGAN"), /Not shown: cGAN is not made yet/);
  gate.check();
  assert.equal(await gate.watch(async () => (await gate.checkMaking("cGAN"), 7)), 7);
});

Deno.test("Gate.end() refuses for good", () => {
  const gate = new Gate();
  gate.end();
  assert.throws(() => gate.check(), /of an earlier session/);
  assert.throws(() => gate.open(), /of an earlier session/);
});

Deno.test("checkParameters() names the parameter that changed since", () => {
  const opened = { preset: "quick", changes: { a: "1" } };
  checkParameters(opened, { preset: "quick", changes: { a: "1" } });
  assert.throws(
    () => checkParameters(opened, { preset: "quick", changes: { a: "2" } }),
    /changes = \{"a":"1"\}, the page has \{"a":"2"\}/,
  );
});
