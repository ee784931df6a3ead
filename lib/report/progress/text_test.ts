import assert from "node:assert/strict";
import { durationText, isFinished, progressHTML, stageLine } from "./text.ts";
import { toyEvent } from "../../testing/progress.ts";

Deno.test("stageLine() says share, steps, remaining time and metrics", () => {
  assert.equal(
    stageLine(toyEvent()),
    "cGAN ██░░░░░░░░░░░░░░░░░░ 12 % 420/3,500, 10 min 16 s left, loss 0.523, agreement 0.230",
  );
  assert.equal(
    stageLine(toyEvent({ step: 0, stepsHere: 0, metrics: {} })),
    "cGAN ░░░░░░░░░░░░░░░░░░░░ 0 % 0/3,500",
  );
});

Deno.test("stageLine() says whether a finished stage was trained, resumed, reused or nothing of the kind", () => {
  const metrics = {};
  const step = 3500;
  assert.equal(
    stageLine(toyEvent({ state: "trained", step, metrics, elapsedSeconds: 200 })),
    "✓ cGAN: trained in 3 min 20 s",
  );
  assert.equal(
    stageLine(toyEvent({ state: "resumed", step, metrics, elapsedSeconds: 7500 })),
    "✓ cGAN: resumed and trained in 2 h 05 min",
  );
  assert.equal(stageLine(toyEvent({ state: "reused", metrics })), "✓ cGAN: reused");
  assert.equal(stageLine(toyEvent({ state: "done", metrics })), "✓ cGAN: done in 1 min 24 s");
  assert.equal(isFinished(toyEvent()), false);
});

Deno.test("durationText() picks units a person would", () => {
  const cases = [0, 59.4, 60, 3599, 3600, 7260, 86_399, 97_200];
  assert.deepEqual(cases.map(durationText), [
    "0 s",
    "59 s",
    "1 min 00 s",
    "59 min 59 s",
    "1 h 00 min",
    "2 h 01 min",
    "1 d 0 h",
    "1 d 3 h",
  ]);
});

Deno.test("progressHTML() escapes names and counts stages it does not list", () => {
  const events = ["<a>", "b", "c"].map((stage) =>
    toyEvent({ stage, state: "trained", metrics: {} })
  );
  const html = progressHTML([...events, toyEvent({ stage: "d & e" })], 1);
  assert.match(html, /2 earlier stages finished/);
  assert.match(html, /<b>c<\/b> trained in 1 min 24 s/);
  assert.match(html, /<b>d &amp; e<\/b> 12 % · 420\/3,500 · 10 min 16 s left/);
  assert.match(html, /width:12\.0%/);
  assert.ok(!html.includes("<a>"));
});

Deno.test("stageLine() and progressHTML() say the unit of a metric that has one", () => {
  const event = toyEvent({ metrics: { loss: 0.5, test: 2.514 }, units: { test: "degrees" } });
  assert.match(stageLine(event), /, loss 0\.500, test 2\.51 degrees$/);
  assert.match(stageLine({ ...event, state: "trained" }), /, loss 0\.500, test 2\.51 degrees$/);
  assert.match(progressHTML([event], 1), /test 2\.51 degrees</);
  assert.match(stageLine(toyEvent({ metrics: { loss: 999.6 } })), /, loss 1,000$/);
});
