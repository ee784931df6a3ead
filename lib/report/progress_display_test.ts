import assert from "node:assert/strict";
import type { ProgressEvent } from "../base/progress.ts";
import type { NotebookHost, TerminalHost } from "./display.ts";
import {
  durationText,
  isFinished,
  progressDisplay,
  progressHTML,
  stageLine,
} from "./progress_display.ts";

function event(changes: Partial<ProgressEvent> = {}): ProgressEvent {
  return {
    stage: "cGAN",
    step: 420,
    total: 3500,
    metrics: { loss: 0.5234, agreement: 0.23 },
    elapsedSeconds: 84,
    stepsHere: 420,
    state: "training",
    ...changes,
  };
}

Deno.test("stageLine() says share, steps, remaining time and metrics", () => {
  assert.equal(
    stageLine(event()),
    "cGAN ██░░░░░░░░░░░░░░░░░░ 12 % 420/3,500, 10 min 16 s left, loss 0.523, agreement 0.230",
  );
  assert.equal(
    stageLine(event({ step: 0, stepsHere: 0, metrics: {} })),
    "cGAN ░░░░░░░░░░░░░░░░░░░░ 0 % 0/3,500",
  );
});

Deno.test("stageLine() says whether a finished stage was trained, resumed or reused", () => {
  const metrics = {};
  const step = 3500;
  assert.equal(
    stageLine(event({ state: "trained", step, metrics, elapsedSeconds: 200 })),
    "✓ cGAN: trained in 3 min 20 s",
  );
  assert.equal(
    stageLine(event({ state: "resumed", step, metrics, elapsedSeconds: 7500 })),
    "✓ cGAN: resumed and trained in 2 h 05 min",
  );
  assert.equal(stageLine(event({ state: "reused", metrics })), "✓ cGAN: reused");
  assert.equal(isFinished(event()), false);
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
  const events = ["<a>", "b", "c"].map((stage) => event({ stage, state: "trained", metrics: {} }));
  const html = progressHTML([...events, event({ stage: "d & e" })], 1);
  assert.match(html, /2 earlier stages finished/);
  assert.match(html, /<b>c<\/b> trained in 1 min 24 s/);
  assert.match(html, /<b>d &amp; e<\/b> 12 % · 420\/3,500 · 10 min 16 s left/);
  assert.match(html, /width:12\.0%/);
  assert.ok(!html.includes("<a>"));
});

Deno.test("progressDisplay() updates one output of a notebook, at most once an interval", async () => {
  const messages: { type: string; content: Record<string, unknown> }[] = [];
  const host: NotebookHost = {
    kind: "notebook",
    broadcast(type, content) {
      messages.push({ type, content });
      return Promise.resolve();
    },
  };
  const progress = progressDisplay({ host, intervalMilliseconds: 60 });
  const start = performance.now();
  for (let step = 1; performance.now() - start < 200; step++) {
    progress.sink(event({ step, stepsHere: step }));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  progress.sink(event({ step: 3500, state: "trained" }));
  await progress.done();
  const took = performance.now() - start;
  assert.ok(messages.length >= 2, `found ${messages.length} messages`);
  // One at once, one an interval, one at the end.
  assert.ok(messages.length <= 2 + took / 60, `found ${messages.length} messages in ${took} ms`);
  assert.equal(messages[0]?.type, "display_data");
  assert.ok(messages.slice(1).every((message) => message.type === "update_display_data"));
  const ids = new Set(
    messages.map((message) => (message.content["transient"] as { display_id: string }).display_id),
  );
  assert.equal(ids.size, 1);
  const last = messages.at(-1)?.content["data"] as Record<string, string>;
  assert.match(last["text/plain"]!, /^✓ cGAN: trained/);
});

Deno.test("progressDisplay() goes silent when the notebook is gone, and the work goes on", async () => {
  let calls = 0;
  const host: NotebookHost = {
    kind: "notebook",
    broadcast: () => {
      calls++;
      return Promise.reject(new Error("no listener"));
    },
  };
  const progress = progressDisplay({ host, intervalMilliseconds: 0 });
  progress.sink(event());
  await new Promise((resolve) => setTimeout(resolve, 5));
  progress.sink(event({ step: 500 }));
  await progress.done();
  assert.equal(calls, 1);
});

function terminal(isInteractive: boolean): { host: TerminalHost; written: () => string } {
  let text = "";
  const write = (part: string) => {
    text += part;
  };
  return { host: { kind: "terminal", isInteractive, columns: 60, write }, written: () => text };
}

Deno.test("progressDisplay() overwrites one line of an interactive terminal", async () => {
  const { host, written } = terminal(true);
  const progress = progressDisplay({ host, intervalMilliseconds: 0 });
  progress.sink(event());
  progress.sink(event({ step: 3500, state: "trained", metrics: {} }));
  progress.sink(event({ stage: "teacher", state: "reused", metrics: {} }));
  await progress.done();
  const lines = written().split("\n");
  assert.equal(lines.length, 3);
  assert.ok(lines[0]?.startsWith("\r\x1b[2KcGAN ██"));
  assert.ok(lines[0]?.endsWith("\r\x1b[2K✓ cGAN: trained in 1 min 24 s"));
  assert.equal(lines[1], "\r\x1b[2K✓ teacher: reused");
  const widest = written().split(/[\r\n]/).map((part) => [...part.replace("\x1b[2K", "")].length);
  assert.ok(Math.max(...widest) <= 59);
});

Deno.test("progressDisplay() writes few lines to a file", async () => {
  const { host, written } = terminal(false);
  const progress = progressDisplay({ host, lineMilliseconds: 60_000 });
  for (let step = 1; step < 100; step++) progress.sink(event({ step, stepsHere: step }));
  progress.sink(event({ step: 3500, state: "trained" }));
  progress.sink(event({ step: 3500, state: "trained" }));
  await progress.done();
  const lines = written().trimEnd().split("\n");
  assert.equal(lines.length, 2);
  assert.match(lines[0]!, /1\/3,500/);
  assert.match(lines[1]!, /^✓ cGAN: trained/);
});
