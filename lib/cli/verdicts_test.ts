import assert from "node:assert/strict";
import { join } from "../base/disk/path.ts";
import { copyKeptRecords } from "../testing/kept_records.ts";
import { VERDICTS_FILE, verdictsReport } from "./verdicts.ts";

const RESULTS = join(import.meta.dirname!, "..", "..", "results");

Deno.test("results/VERDICTS.md says what the records in version control say", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await copyKeptRecords(RESULTS, folder);
    const { text } = await verdictsReport(folder);
    const committed = await Deno.readTextFile(join(RESULTS, VERDICTS_FILE));
    assert.ok(
      committed === text,
      `results/${VERDICTS_FILE} is not what the records give: a record or the rule changed; ` +
        '"deno task results --report" makes it anew',
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("verdictsReport() names a record of fakes that is none, and leaves it out", async () => {
  const folder = await Deno.makeTempDir();
  const place = join(folder, "rc49", "fakes", "desk");
  await Deno.mkdir(place, { recursive: true });
  await Deno.writeTextFile(join(place, "torn.json"), '{ "experiment": "rc');
  const { text, warnings } = await verdictsReport(folder);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /Cannot read record ".*torn\.json"/);
  assert.match(text, /No student with fakes was run/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("verdictsReport() leaves out what version control leaves out", async () => {
  const folder = await Deno.makeTempDir();
  for (const name of ["walkthrough", "own_images", "own_labels"]) {
    const place = join(folder, name, "fakes", "desk");
    await Deno.mkdir(place, { recursive: true });
    await Deno.writeTextFile(join(place, "torn.json"), "{");
    const ignored = await new Deno.Command("git", {
      args: ["check-ignore", "--quiet", `results/${name}/fakes/desk/torn.json`],
      cwd: join(RESULTS, ".."),
    }).output();
    assert.ok(ignored.success, name);
  }
  assert.deepEqual((await verdictsReport(folder)).warnings, []);
  await Deno.remove(folder, { recursive: true });
});
