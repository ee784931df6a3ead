import assert from "node:assert/strict";
import { readRecords } from "../base/disk/records.ts";
import { rc49 } from "../experiments/rc49.ts";
import { copyKeptRecords } from "../testing/kept_records.ts";
import { tableOfRun } from "./table_of_run.ts";

const RESULTS = new URL("../../results", import.meta.url).pathname;

Deno.test("tableOfRun() shows the rows of its own options and counts the others", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await copyKeptRecords(RESULTS, folder);
    const records = await readRecords(folder, "rc49", "desk");
    const textWith = (changes: Record<string, string>) =>
      tableOfRun({ experiment: rc49, preset: "desk", changes }, records).toText();
    const plain = textWith({});
    assert.match(plain, /\d+ more rows of other options: deno task results rc49 --preset desk$/);
    // Nothing that the preset does not say.
    assert.doesNotMatch(plain, /changed|gan\./);
    assert.match(plain, /R-5 .* cGAN-KD /);
    // Nobody trained with these, but students without fakes are the same.
    const untried = textWith({ fakeShare: "0.9" });
    assert.doesNotMatch(untried, / cGAN-KD /);
    assert.match(untried, /R-5 .* NOKD /);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
