import assert from "node:assert/strict";
import { hostname } from "node:os";
import { TrainingStopped } from "../training/failures.ts";
import type { ProgressEvent } from "../progress.ts";
import { join } from "./path.ts";
import { noteFailure, PROGRESS, readStageProgress, StageRecorder } from "./stage_progress.ts";

const TITLE = "student VGG11 on C-10K, BLKD, seed 1";

function eventAt(step: number, stage = TITLE): ProgressEvent {
  return {
    stage,
    step,
    total: 100,
    metrics: { loss: 0.5 },
    units: { test: "%" },
    elapsedSeconds: step,
    stepsHere: step,
    state: "training",
  };
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Looks until something was written. */
async function read(folder: string, isWanted = (_step: number | undefined) => true) {
  while (true) {
    const found = await readStageProgress(folder);
    if (found !== undefined && isWanted(found.event?.step)) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

Deno.test("StageRecorder keeps the last event of a stage for other processes, and nothing of a finished one", () =>
  inFolder(async (folder) => {
    assert.equal(await readStageProgress(folder), undefined);
    const recorder = new StageRecorder(0);
    recorder.begin(folder, TITLE);
    const first = await read(folder);
    assert.deepEqual([first.title, first.pid, first.host, first.state], [
      TITLE,
      Deno.pid,
      hostname(),
      "running",
    ]);
    for (let step = 1; step <= 50; step++) recorder.sink(eventAt(step));
    const found = await read(folder, (step) => step === 50);
    assert.deepEqual(found.event, eventAt(50));
    await recorder.done(folder);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
    recorder.sink(eventAt(51));
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

Deno.test("StageRecorder writes no more often than it should, and at the end what it was told last", () =>
  inFolder(async (folder) => {
    const recorder = new StageRecorder(Infinity);
    recorder.begin(folder, TITLE);
    await read(folder);
    for (let step = 1; step <= 50; step++) recorder.sink(eventAt(step));
    assert.equal((await read(folder)).event, undefined);
    await recorder.failed(folder, new TrainingStopped("x"));
    assert.equal((await read(folder)).event?.step, 50);
  }));

Deno.test("StageRecorder tells a stop from a failure and says why", () =>
  inFolder(async (folder) => {
    const recorder = new StageRecorder();
    recorder.begin(folder, TITLE);
    recorder.sink(eventAt(7));
    await recorder.failed(folder, new TrainingStopped("Stopped at step 7"));
    const stopped = await read(folder);
    assert.deepEqual([stopped.state, stopped.reason, stopped.event?.step], [
      "stopped",
      undefined,
      7,
    ]);
    recorder.begin(folder, TITLE);
    await recorder.failed(folder, new RangeError("loss is NaN at step 9"));
    const failed = await read(folder);
    assert.deepEqual([failed.state, failed.reason], ["failed", "loss is NaN at step 9"]);
    // A failure of something that was never begun is nobody's.
    await recorder.failed("", new Error("no stage"));
  }));

Deno.test("StageRecorder gives a loop of another name to the stage that was begun last", () =>
  inFolder(async (folder) => {
    const recorder = new StageRecorder();
    recorder.begin(folder, "error bound");
    recorder.sink(eventAt(3, "error bound, real against fake"));
    await recorder.failed(folder, new TrainingStopped("x"));
    assert.equal((await read(folder)).event?.stage, "error bound");
    assert.equal((await read(folder)).event?.step, 3);
  }));

Deno.test("readStageProgress() takes a stage for stopped whose process is gone, or silent on another machine", () =>
  inFolder(async (folder) => {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "console.log(Deno.pid)"],
    }).output();
    const gone = Number(new TextDecoder().decode(stdout));
    const write = (fields: object) =>
      Deno.writeTextFile(
        join(folder, PROGRESS),
        JSON.stringify({
          title: TITLE,
          pid: Deno.pid,
          host: hostname(),
          state: "running",
          updated: new Date().toISOString(),
          ...fields,
        }),
      );
    const stateOf = async (fields: object) => {
      await write(fields);
      return (await readStageProgress(folder))?.state;
    };
    assert.equal(await stateOf({}), "running");
    assert.equal(await stateOf({ pid: gone }), "stopped");
    assert.equal(await stateOf({ pid: gone, host: "elsewhere" }), "running");
    const updated = new Date(Date.now() - 600_000).toISOString();
    assert.equal(await stateOf({ pid: gone, host: "elsewhere", updated }), "stopped");
    await Deno.writeTextFile(join(folder, PROGRESS), "{");
    assert.equal(await readStageProgress(folder), undefined);
  }));

Deno.test("noteFailure() speaks for a process that cannot", () =>
  inFolder(async (parent) => {
    const folder = join(parent, "student-1");
    await noteFailure(folder, TITLE, "its process ended with signal SIGKILL");
    const found = await readStageProgress(folder);
    assert.deepEqual([found?.state, found?.reason], [
      "failed",
      "its process ended with signal SIGKILL",
    ]);
  }));
