import assert from "node:assert/strict";
import type { NotebookHost, TerminalHost } from "../display.ts";
import { progressDisplay } from "./display.ts";
import { toyEvent } from "../../testing/progress.ts";

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
    progress.sink(toyEvent({ step, stepsHere: step }));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  progress.sink(toyEvent({ step: 3500, state: "trained" }));
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

Deno.test("progressDisplay() keeps saying how a stage came about when it is used at once", async () => {
  let text = "";
  const host: NotebookHost = {
    kind: "notebook",
    broadcast(_, { data }) {
      text = (data as Record<string, string>)["text/plain"]!;
      return Promise.resolve();
    },
  };
  const progress = progressDisplay({ host });
  progress.sink(toyEvent({ step: 3500, state: "trained" }));
  progress.sink(toyEvent({ step: 3500, state: "reused" }));
  await progress.done();
  assert.match(text, /^✓ cGAN: trained/);
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
  progress.sink(toyEvent());
  await new Promise((resolve) => setTimeout(resolve, 5));
  progress.sink(toyEvent({ step: 500 }));
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
  progress.sink(toyEvent());
  progress.sink(toyEvent({ step: 3500, state: "trained", metrics: {} }));
  progress.sink(toyEvent({ stage: "teacher", state: "reused", metrics: {} }));
  await progress.done();
  const lines = written().split("\n");
  assert.equal(lines.length, 3);
  assert.ok(lines[0]?.startsWith("\r\x1b[2KcGAN ██"));
  assert.ok(lines[0]?.endsWith("\r\x1b[2K✓ cGAN: trained in 1 min 24 s"));
  assert.equal(lines[1], "\r\x1b[2K✓ teacher: reused");
  const widest = written().split(/[\r\n]/).map((part) => [...part.replace("\x1b[2K", "")].length);
  assert.ok(Math.max(...widest) <= 59);
});

Deno.test("progressDisplay() has a line of an interactive terminal for each stage under way", async () => {
  const { host, written } = terminal(true);
  const progress = progressDisplay({ host, intervalMilliseconds: 0 });
  progress.sink(toyEvent({ stage: "a", metrics: {} }));
  progress.sink(toyEvent({ stage: "b", metrics: {} }));
  progress.sink(toyEvent({ stage: "a", step: 3500, state: "trained", metrics: {} }));
  progress.sink(toyEvent({ stage: "b", step: 3500, state: "trained", metrics: {} }));
  await progress.done();
  const up = "\r\x1b[2K\x1b[1A\x1b[2K";
  const [, both, first, second] = written().split(/(?=\r)/);
  assert.deepEqual(both!.split("\n").map((line) => line.slice(0, 7)), ["\r\x1b[2Ka ", "b ██░░░"]);
  assert.ok(first!.startsWith(`${up}✓ a: trained in`));
  assert.match(first!, /\nb █[^\n]*$/);
  assert.equal(second, "\r\x1b[2K✓ b: trained in 1 min 24 s\n");
});

Deno.test("progressDisplay() lets no stage under way crowd another out of a file", async () => {
  const { host, written } = terminal(false);
  const progress = progressDisplay({ host, lineMilliseconds: 60_000 });
  for (let step = 1; step < 5; step++) {
    for (const stage of ["a", "b"]) progress.sink(toyEvent({ stage, step, stepsHere: step }));
  }
  assert.deepEqual(written().trimEnd().split("\n").map((line) => line[0]), ["a", "b"]);
  await progress.done();
});

Deno.test("progressDisplay() writes few lines to a file", async () => {
  const { host, written } = terminal(false);
  const progress = progressDisplay({ host, lineMilliseconds: 60_000 });
  for (let step = 1; step < 100; step++) progress.sink(toyEvent({ step, stepsHere: step }));
  progress.sink(toyEvent({ step: 3500, state: "trained" }));
  progress.sink(toyEvent({ step: 3500, state: "trained" }));
  await progress.done();
  const lines = written().trimEnd().split("\n");
  assert.equal(lines.length, 2);
  assert.match(lines[0]!, /1\/3,500/);
  assert.match(lines[1]!, /^✓ cGAN: trained/);
});
