/** `deno task tracking LOG ...`: tells MLflow or TensorBoard afterwards what logs of runs hold. */
import { parseTask } from "./arguments.ts";
import { runMain, UsageError } from "./main.ts";
import { absolutePath } from "../setup/folders.ts";

const USAGE = "deno task tracking LOG [LOG ...] [--mlflow URI] [--tensorboard FOLDER]\n" +
  '       LOG is a file such as "results/cifar10/tracking/quick/C-10K/2026-11-29T12-00-00-000Z-1-0.jsonl"';

await runMain(async () => {
  const { words, values } = parseTask(Deno.args, {
    usage: USAGE,
    options: { mlflow: { type: "string" }, tensorboard: { type: "string" } },
  });
  const { mlflow, tensorboard } = values as Record<string, string | undefined>;
  if (words.length === 0 || (mlflow === undefined && tensorboard === undefined)) {
    throw new UsageError(
      `Cannot replay: want a log, and --mlflow, --tensorboard or both\nUsage: ${USAGE}`,
    );
  }
  const { readLog } = await import("../tracking/run_log.ts");
  const { replayToBoard, replayToMlflow } = await import("../tracking/replay.ts");
  for (const word of words) {
    const path = absolutePath(word);
    const { events, torn } = await readLog(path).catch((error) => {
      if (!(error instanceof Deno.errors.IsADirectory)) throw error;
      throw new UsageError(
        `Cannot read the log "${path}": found a folder, want a file\nUsage: ${USAGE}`,
      );
    });
    if (events.length === 0 && torn > 0) {
      throw new UsageError(
        `Cannot read log "${path}": found no event in ${torn} lines, want one a line\nUsage: ${USAGE}`,
      );
    }
    const told = [
      ...(tensorboard === undefined ? [] : await replayToBoard(events, absolutePath(tensorboard))),
      ...(mlflow === undefined ? [] : await replayToMlflow(events, mlflow)),
    ];
    for (const { stage, place, rows } of told) console.log(`${stage}: ${rows} rows, ${place}`);
    if (told.length === 0) console.log(`${word}: no training in it`);
    if (torn > 0) console.error(`${word}: ${torn} torn lines were left out`);
  }
});
