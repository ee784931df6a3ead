import assert from "node:assert/strict";
import { join } from "../base/disk/path.ts";
import { appendToLog, type LogEvent, readLog, seriesOf } from "./run_log.ts";

const stage = (state: string, step: number, rows: Record<string, number>[] = []): LogEvent => ({
  event: "stage",
  time: "2026-11-29T12:00:00.000Z",
  stage: "student",
  state,
  step,
  total: 100,
  seconds: 1,
  ...(rows.length > 0 && { rows }),
});

Deno.test("appendToLog() ends a line that a kill tore, and readLog() counts it", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "new", "log.jsonl");
  try {
    const events = [stage("training", 20, [{ step: 20, loss: 0.5 }]), stage("trained", 40)];
    appendToLog(path, events[0]!);
    const whole = await Deno.readTextFile(path);
    assert.ok(whole.endsWith("}\n"));
    // Killed in the middle of the second line.
    await Deno.writeTextFile(path, whole + whole.slice(0, whole.length / 2));
    assert.deepEqual(await readLog(path), { events: events.slice(0, 1), torn: 1 });
    appendToLog(path, events[1]!);
    assert.deepEqual(await readLog(path), { events, torn: 1 });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a process that is killed while it appends leaves whole lines but for the last", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "log.jsonl");
  try {
    const program = `import { appendToLog } from ${
      JSON.stringify(import.meta.resolve("./run_log.ts"))
    };
for (let step = 0;; step++) appendToLog(${
      JSON.stringify(path)
    }, { event: "stage", time: "now", stage: "s",
  state: "training", step, total: 1, seconds: 0, rows: [{ step, loss: 1 / (step + 1) }] });`;
    const file = join(folder, "program.ts");
    await Deno.writeTextFile(file, program);
    const config = new URL(import.meta.resolve("../../deno.json")).pathname;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--quiet", `--config=${config}`, file],
      stderr: "null",
      stdout: "null",
    }).spawn();
    while (await Deno.stat(path).then(({ size }) => size < 20_000, () => true)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill("SIGKILL");
    await child.status;
    const { events, torn } = await readLog(path);
    assert.ok(torn <= 1);
    assert.deepEqual(
      events.map((event) => event.event === "stage" && event.step),
      events.map((_, step) => step),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("seriesOf() keeps the last row of each step, and a resumed training by itself", () => {
  const series = seriesOf([
    stage("training", 40, [{ step: 20, loss: 3 }, { step: 40, loss: 2 }]),
    stage("resumed", 20),
    stage("training", 40, [{ step: 40, loss: 2.5 }]),
    stage("trained", 60, [{ step: 60, loss: 1 }, { step: 60, loss: 1.5 }]),
  ]);
  assert.deepEqual(series.map(({ start, rows, isFinished }) => ({ start, rows, isFinished })), [
    { start: 0, rows: [{ step: 20, loss: 3 }, { step: 40, loss: 2 }], isFinished: false },
    { start: 20, rows: [{ step: 40, loss: 2.5 }, { step: 60, loss: 1.5 }], isFinished: true },
  ]);
});

Deno.test("readLog() says what it wants where there is no file", async () => {
  await assert.rejects(readLog("nosuch.jsonl"), {
    name: "RangeError",
    message: /^Cannot read the log "nosuch\.jsonl": found no such file, want one of results\//,
  });
});
