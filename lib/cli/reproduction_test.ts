import assert from "node:assert/strict";
import { join } from "../base/disk/path.ts";
import { planRuns } from "../chain/plan_runs.ts";
import { copyKeptRecords } from "../testing/kept_records.ts";
import { EXPERIMENTS } from "../experiments/by_name.ts";
import { REPORT_FILE, reproductionReport } from "./reproduction.ts";

const RESULTS = join(import.meta.dirname!, "..", "..", "results");
const COMMAND =
  /^deno task run (\S+) --preset (\S+) --setting (\S+) --cells "([^"]+)"(?: '([^']+)')?$/;

Deno.test("results/REPRODUCTION.md says what the records in version control say", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await copyKeptRecords(RESULTS, folder);
    const { text } = await reproductionReport(folder);
    const committed = await Deno.readTextFile(join(RESULTS, REPORT_FILE));
    assert.ok(
      committed === text,
      `results/${REPORT_FILE} is not what the records give: a record or the report changed; ` +
        '"deno task results --report" makes it anew',
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("every command of the report is taken by deno task run", async () => {
  const { text } = await reproductionReport(RESULTS);
  const commands = text.split("\n").filter((line) => line.startsWith("deno task run "));
  assert.ok(commands.length > 10);
  for (const command of new Set(commands)) {
    const [, name, preset, setting, cells, change] = COMMAND.exec(command) ?? [];
    assert.ok(name !== undefined, command);
    const [path, value] = change?.split("=") ?? [];
    const changes = path === undefined ? {} : { [path]: value! };
    const experiment = await EXPERIMENTS[name]!();
    const planned = planRuns(experiment, {
      preset: preset!,
      setting: setting!,
      cells: cells!,
      changes,
    });
    assert.equal(planned.length, 1);
  }
});

Deno.test("reproductionReport() names a file that is no record and leaves it out", async () => {
  const folder = await Deno.makeTempDir();
  const place = join(folder, "rc49", "records", "desk");
  await Deno.mkdir(place, { recursive: true });
  await Deno.writeTextFile(join(place, "torn.json"), '{ "experiment": "rc');
  const { text, warnings } = await reproductionReport(folder);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /Cannot read record ".*torn\.json"/);
  assert.match(text, /## Skipped files\n\n.*\n\n- `rc49\/records\/desk\/torn\.json`\n$/);
  assert.match(text, /\| all \| 291 \| 0 \| 0 \| 0 \| 291 \|/);
  await Deno.remove(folder, { recursive: true });
});
