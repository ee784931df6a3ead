import assert from "node:assert/strict";
import {
  asPiece,
  countProgress,
  pieceOf,
  progressAs,
  type ProgressEvent,
  remainingSeconds,
} from "./progress.ts";

Deno.test("countProgress() tells how much is done, and at the end that it is", () => {
  const events: ProgressEvent[] = [];
  const report = countProgress("features", (event) => events.push(event));
  report(2, 5);
  report(5, 5);
  assert.deepEqual(
    events.map(({ stage, step, total, state }) => [stage, step, total, state]),
    [["features", 2, 5, "training"], ["features", 5, 5, "done"]],
  );
  assert.ok(events[0]!.elapsedSeconds >= 0);
  countProgress("features")(1, 2);
});

Deno.test("remainingSeconds() goes by the pace of this process", () => {
  const event: ProgressEvent = {
    stage: "cGAN",
    step: 60,
    total: 100,
    metrics: {},
    elapsedSeconds: 5,
    stepsHere: 10,
    state: "training",
  };
  assert.equal(remainingSeconds(event), 20);
  assert.equal(remainingSeconds({ ...event, stepsHere: 0 }), undefined);
});

Deno.test("pieceOf() ends the whole with its last piece only", () => {
  const events: ProgressEvent[] = [];
  const report = countProgress("measures", (event) => events.push(event));
  for (const place of [0, 1]) {
    const piece = pieceOf(report, place, 2);
    piece(2, 4);
    piece(4, 4);
  }
  assert.deepEqual(events.map(({ step, state }) => [step, state]), [
    [2, "training"],
    [4, "training"],
    [6, "training"],
    [8, "done"],
  ]);
});

Deno.test("asPiece() and progressAs() tell inner work under the name and clock of the whole", () => {
  const events: ProgressEvent[] = [];
  const report = countProgress("sampling", progressAs("fakes", (event) => events.push(event)));
  for (const place of [0, 1]) countProgress("label", asPiece(report, place, 2))(3, 3);
  assert.deepEqual(
    events.map((
      { stage, step, total, stepsHere, state },
    ) => [stage, step, total, stepsHere, state]),
    [["fakes", 3, 6, 3, "training"], ["fakes", 6, 6, 6, "done"]],
  );
  assert.equal(progressAs("fakes"), undefined);
});
