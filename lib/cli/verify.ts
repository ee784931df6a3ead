/**
 * `deno task verify RECORD [...] [--everything]`: trains the students of records again, elsewhere, and says whether the
 * digits are the same, or what differs that may explain it.
 */
import { lookUp } from "../base/check.ts";
import { basename, join } from "../base/disk/path.ts";
import { readRecord } from "../base/disk/records.ts";
import { Store } from "../base/disk/store.ts";
import { absolutePath } from "../setup/folders.ts";
import { parseTask } from "./arguments.ts";
import { EXPERIMENTS } from "../experiments/by_name.ts";
import { runMain, UsageError } from "./main.ts";

const USAGE = "deno task verify RECORD [RECORD ...] [--everything]\n" +
  "       RECORD is a file such as results/cifar10/records/quick/C-10K_VGG11_NOKD_seed1_....json";
const RESULTS = join(import.meta.dirname!, "..", "..", "results");

await runMain(async () => {
  const { words, values } = parseTask(Deno.args, {
    usage: USAGE,
    options: { everything: { type: "boolean" } },
  });
  if (words.length === 0) throw new UsageError(`Cannot verify: found no record\nUsage: ${USAGE}`);
  // All of them first: a wrong name must not come out after an hour.
  const records = [];
  for (const word of words) {
    const path = absolutePath(word);
    const record = await readRecord(path).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new UsageError(`Cannot find record "${path}": no such file\nUsage: ${USAGE}`);
    });
    records.push({ path, record });
  }
  const { openRecorded, verifyRecord } = await import("../chain/verify/verify_record.ts");
  const { startSession } = await import("../chain/session.ts");
  const session = startSession();
  // Parts that came with the repository are taken as they are, unless everything is to be made again.
  const isWhole = values.everything === true;
  const place = join(RESULTS, ".work", isWhole ? "verify-everything" : "verify");
  const store = new Store(join(place, ".work"), isWhole ? undefined : join(RESULTS, "parts"));
  let differing = 0;
  for (const { path, record } of records) {
    const experiment = await lookUp(EXPERIMENTS, record.experiment, "experiment")();
    const run = await openRecorded(experiment, record, { results: place, store, session });
    const verification = await session.live(verifyRecord(run, record));
    console.log(`${basename(path)}\n${verification.text}\n`);
    if (!verification.agrees) differing++;
  }
  // A stopped verification goes on from here; a finished one must train again.
  await Deno.remove(place, { recursive: true });
  return differing === 0 ? 0 : 1;
});
