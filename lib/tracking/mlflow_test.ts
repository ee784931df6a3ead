import assert from "node:assert/strict";
import { join } from "../base/disk/path.ts";
import type { ProgressEvent } from "../base/progress.ts";
import { type LogEvent, readLog } from "./run_log.ts";
import { replayToMlflow } from "./replay.ts";
import { trackRun } from "./tracker.ts";

/** A server that keeps what it was told, as MLflow does. */
function fakeMlflow({ status = 200, forgets = false } = {}) {
  const calls: { path: string; body: Record<string, unknown> }[] = [];
  const values = new Map<string, { step: number; value: number | string }[]>();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const url = new URL(request.url);
    const path = url.pathname.replace("/api/2.0/mlflow/", "");
    const body = request.method === "POST" ? await request.json() : {};
    calls.push({ path, body });
    if (status !== 200) return new Response("no", { status });
    if (path === "experiments/get-by-name") return new Response("{}", { status: 404 });
    if (path === "experiments/create") return Response.json({ experiment_id: "7" });
    if (path === "runs/create") {
      return Response.json({ run: { info: { run_id: `r${calls.length}` } } });
    }
    for (const { key, step, value } of body.metrics ?? []) {
      const list = values.get(key) ?? [];
      list.push({ step, value: forgets ? 0 : value });
      values.set(key, list);
    }
    const key = url.searchParams.get("metric_key");
    return Response.json({ metrics: key === null ? [] : values.get(key) });
  });
  return {
    calls,
    values,
    uri: `http://127.0.0.1:${server.addr.port}`,
    close: () => server.shutdown(),
  };
}

const RUN = {
  experiment: "toy",
  preset: "smoke",
  setting: "T",
  changes: { "gan.steps": "4" },
  versions: { deno: "2" },
};

function event(
  state: ProgressEvent["state"],
  step: number,
  rows?: Record<string, number>[],
): ProgressEvent {
  return {
    stage: "student VGG11, seed 1",
    step,
    total: 60,
    metrics: {},
    elapsedSeconds: 1,
    stepsHere: step,
    state,
    ...(rows && { rows }),
  };
}

const HISTORY = [
  event("training", 0),
  event("training", 25, [{ step: 20, loss: 1.5 }]),
  event("training", 45, [{ step: 40, loss: 1.25, "test error": 37.5 }]),
  event("trained", 60, [{ step: 60, loss: NaN }]),
];

async function inFolder(work: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function logIn(folder: string): Promise<string> {
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".jsonl")) return join(folder, name);
  }
  throw new Error("no log");
}

Deno.test("trackRun() tells MLflow every value once, a NaN as text, and ends the run", async () => {
  await inFolder(async (folder) => {
    const server = fakeMlflow();
    const warnings: string[] = [];
    const tracker = trackRun(RUN, {
      folder,
      mlflow: server.uri,
      warn: (line) => warnings.push(line),
    });
    for (const one of HISTORY) tracker.progress(one);
    await tracker.done();
    await server.close();
    assert.deepEqual(warnings, []);
    assert.deepEqual(server.values.get("loss"), [
      { step: 20, value: 1.5 },
      { step: 40, value: 1.25 },
      { step: 60, value: "NaN" },
    ]);
    assert.deepEqual(server.values.get("test error"), [{ step: 40, value: 37.5 }]);
    const made = server.calls.filter(({ path }) => path === "runs/create");
    assert.equal(made.length, 1);
    assert.equal(made[0]!.body.run_name, "student VGG11, seed 1");
    assert.deepEqual(made[0]!.body.tags, [
      { key: "setting", value: "T" },
      { key: "change.gan.steps", value: "4" },
      { key: "version.deno", value: "2" },
    ]);
    assert.equal(server.calls.at(-1)!.body.status, "FINISHED");
  });
});

Deno.test("a server that refuses or is not there costs a line and nothing else", async () => {
  await inFolder(async (folder) => {
    const server = fakeMlflow({ status: 500 });
    for (const mlflow of [server.uri, "http://127.0.0.1:9", "sqlite:///runs.db"]) {
      const warnings: string[] = [];
      const tracker = trackRun(RUN, { folder, mlflow, warn: (line) => warnings.push(line) });
      for (const one of HISTORY) tracker.progress(one);
      await tracker.done();
      tracker.progress(event("training", 61, [{ step: 61, loss: 1 }]));
      await tracker.done();
      assert.equal(warnings.length, 1, mlflow);
      assert.match(warnings[0]!, /MLflow is not told any more: |Cannot keep metrics in MLflow: /);
    }
    await server.close();
  });
});

Deno.test("replayToMlflow() says in words which server does not answer, or is none of MLflow's", async () => {
  const run: LogEvent = { event: "run", time: "2026-01-01T00:00:00.000Z", ...RUN };
  const stage = { event: "stage" as const, time: run.time, stage: "student", state: "trained" };
  const events = [run, { ...stage, step: 1, total: 1, seconds: 1, rows: [{ step: 1, loss: 2 }] }];
  const saidOf = (uri: string) =>
    replayToMlflow(events, uri).then(() => "", (error: Error) => `${error.message}`);
  assert.match(await saidOf("http://127.0.0.1:9"), /^Cannot reach MLflow at "http:.*mlflow server/);
  const server = fakeMlflow({ status: 500 });
  assert.match(await saidOf(server.uri), /^Cannot use MLflow at "http:.*": it answered 500: /);
  await server.close();
  const page = Deno.serve({ port: 0, onListen: () => {} }, () => new Response("<html>"));
  const said = await saidOf(`http://127.0.0.1:${page.addr.port}`);
  assert.match(said, /^Cannot use MLflow at .*: it answered no JSON, so that it may be another/);
  await page.shutdown();
});

Deno.test("a folder that cannot be written costs a line for the log and one for event files", async () => {
  await inFolder(async (folder) => {
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    const warnings: string[] = [];
    const tracker = trackRun(RUN, { folder: file, warn: (line) => warnings.push(line) });
    for (const one of [...HISTORY, ...HISTORY]) tracker.progress(one);
    assert.equal(warnings.length, 2);
    for (const line of warnings) assert.match(line, /^Cannot keep .*; the run goes on without$/);
  });
});

Deno.test("trackRun() writes nothing of what is only looked up", async () => {
  await inFolder((folder) => {
    const tracker = trackRun(RUN, { folder, warn: assert.fail });
    tracker.progress(event("reused", 1));
    tracker.progress(event("done", 60));
    tracker.record({ cell: "T, VGG11, NOKD", seed: 1, metric: "m", value: 1 });
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("replayToMlflow() tells the log later, and reads back what the server kept", async () => {
  await inFolder(async (folder) => {
    const tracker = trackRun(RUN, { folder, warn: assert.fail });
    for (const one of HISTORY.slice(0, 3)) tracker.progress(one);
    tracker.record({ cell: "T, VGG11, NOKD", seed: 1, metric: "m", value: 1 });
    const { events, torn } = await readLog(await logIn(folder));
    assert.equal(torn, 0);
    assert.deepEqual(events.map((one) => one.event), ["run", "stage", "stage", "record"]);
    const server = fakeMlflow();
    const told = await replayToMlflow(events, server.uri);
    await server.close();
    assert.deepEqual(told.map(({ stage, rows }) => [stage, rows]), [["student VGG11, seed 1", 2]]);
    const odd = trackRun(RUN, { folder: join(folder, "odd"), warn: assert.fail });
    odd.progress(event("training", 25, [{ step: 20, "loss (λ = 2)": 1.5 }]));
    const strange = fakeMlflow();
    const log = await readLog(await logIn(join(folder, "odd")));
    // MLflow takes no brackets and no Greek letters in the names of metrics.
    assert.equal((await replayToMlflow(log.events, strange.uri)).length, 1);
    assert.deepEqual(strange.values.get("loss __ _ 2_"), [{ step: 20, value: 1.5 }]);
    await strange.close();
    const forgetful = fakeMlflow({ forgets: true });
    await assert.rejects(
      replayToMlflow(events, forgetful.uri),
      /it keeps 0 for "loss" at step 20, was told 1.5/,
    );
    await forgetful.close();
  });
});
