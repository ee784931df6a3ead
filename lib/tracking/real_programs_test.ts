import assert from "node:assert/strict";
import { dirname, join } from "../base/disk/path.ts";
import type { ProgressEvent } from "../base/progress.ts";
import { MlflowClient } from "./mlflow.ts";
import { replayToMlflow } from "./replay.ts";
import { readLog } from "./run_log.ts";
import { trackRun } from "./tracker.ts";

/** A Python with tensorboard and mlflow. */
const PYTHON = Deno.env.get("CGAN_KD_PYTHON");
const RUN = {
  experiment: "toy",
  preset: "smoke",
  setting: "T",
  changes: {},
  versions: { deno: "2" },
};

function event(
  state: ProgressEvent["state"],
  step: number,
  steps: readonly number[],
): ProgressEvent {
  const rows = steps.map((step) => ({ step, loss: 1 / step, "test error": 50 - step / 100 }));
  return {
    stage: "student, seed 1",
    step,
    total: 3000,
    metrics: {},
    elapsedSeconds: 1,
    stepsHere: 1,
    state,
    rows,
  };
}

const range = (from: number, to: number) =>
  Array.from({ length: (to - from) / 20 }, (_, i) => from + 20 * (i + 1));

/** A training that was killed at step 1400, 400 steps behind its checkpoint, and went on in another process. */
function train(folder: string, mlflow?: string) {
  const warnings: string[] = [];
  const warn = (line: string) => void warnings.push(line);
  const first = trackRun(RUN, { folder, mlflow, warn });
  first.progress(event("training", 1400, range(0, 1400)));
  const second = trackRun(RUN, { folder, mlflow, warn });
  second.progress(event("resumed", 1000, []));
  second.progress(event("trained", 3000, range(1000, 3000)));
  return {
    async done() {
      await first.done();
      await second.done();
      assert.deepEqual(warnings, []);
    },
  };
}

Deno.test({
  name: "TensorBoard's reader and its server show the same points of a resumed training",
  ignore: PYTHON === undefined,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      await train(folder).done();
      const script = new URL(import.meta.resolve("./read_board.py")).pathname;
      const { stdout, stderr, success } = await new Deno.Command(PYTHON!, {
        args: [script, join(folder, "tensorboard")],
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
      const { reader, server } = JSON.parse(new TextDecoder().decode(stdout));
      const points = (steps: number[], of: (step: number) => number) =>
        steps.map((step) => [step, Math.fround(of(step))]);
      const want = (steps: number[]) => ({
        loss: points(steps, (step) => 1 / step),
        "test error": points(steps, (step) => 50 - step / 100),
      });
      assert.deepEqual(reader, {
        "student_seed_1": want(range(0, 1400)),
        "student_seed_1/from-step-1000": want(range(1000, 3000)),
      });
      assert.deepEqual(server, reader);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "a server of MLflow keeps what it is told, at once and afterwards",
  ignore: PYTHON === undefined,
  async fn() {
    const folder = await Deno.makeTempDir();
    const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
    const { port } = listener.addr as Deno.NetAddr;
    listener.close();
    const uri = `http://127.0.0.1:${port}`;
    const server = new Deno.Command(join(dirname(PYTHON!), "mlflow"), {
      args: [
        "server",
        "--port",
        `${port}`,
        "--workers",
        "1",
        "--backend-store-uri",
        `sqlite:///${folder}/runs.db`,
      ],
      cwd: folder,
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      for (let tries = 0; tries < 800; tries++) {
        const answer = fetch(
          `${uri}/api/2.0/mlflow/experiments/get-by-name?experiment_name=Default`,
        );
        if (await answer.then(async (one) => (await one.text(), one.ok), () => false)) break;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      await train(folder, uri).done();
      for await (const { name } of Deno.readDir(folder)) {
        if (!name.endsWith(".jsonl")) continue;
        const { events } = await readLog(join(folder, name));
        // It reads back every value.
        assert.equal((await replayToMlflow(events, uri)).length, 1);
      }
      const answer = await fetch(`${uri}/api/2.0/mlflow/runs/search`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ experiment_ids: ["1"] }),
      });
      const { runs } = await answer.json() as {
        runs: { info: { run_name: string; status: string; run_id: string } }[];
      };
      assert.deepEqual(runs.map(({ info }) => `${info.run_name}: ${info.status}`).sort(), [
        "student, seed 1, from step 1000: FINISHED",
        "student, seed 1, from step 1000: FINISHED",
        "student, seed 1: RUNNING",
        "student, seed 1: RUNNING",
      ]);
      const client = new MlflowClient(uri);
      const { run_id: id } = runs[0]!.info;
      await client.logMetrics(id, [
        { key: "odd", value: NaN, step: 1, timestamp: 1 },
        { key: "even", value: 2, step: 1, timestamp: 1 },
      ]);
      assert.deepEqual(await client.history(id, "odd"), [{ step: 1, value: NaN }]);
      assert.deepEqual(await client.history(id, "even"), [{ step: 1, value: 2 }]);
    } finally {
      server.kill("SIGTERM");
      await server.status;
      await Deno.remove(folder, { recursive: true });
    }
  },
});
