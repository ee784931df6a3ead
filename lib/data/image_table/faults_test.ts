import assert from "node:assert/strict";
import { join } from "../../base/disk/path.ts";
import { classRows, IMAGES, lines, NAMES, withTable } from "../../testing/own_tables.ts";
import { checkDataset } from "../parts/check.ts";
import { imageTable } from "./image_table.ts";

Deno.test("imageTable() names the line of what it refuses", async () => {
  await withTable({ ...IMAGES, "labels.csv": "" }, async (load, folder) => {
    const expect = async (message: RegExp, rows: readonly string[], more = {}) => {
      await Deno.writeTextFile(join(folder, "labels.csv"), lines("file,label", ...rows));
      await assert.rejects(load(more), message);
    };
    await expect(
      /columns "file", "label" in line 1, want "age"; name yours with label = "\.\.\."/,
      classRows,
      { label: "age" },
    );
    await expect(/labels\.csv": found no file in line 2/, [",cat"]);
    await expect(/found no label in line 3, want one in each/, [classRows[0]!, `${NAMES[1]},`]);
    await expect(/found "\.\/images\/c1\.png" in lines 2 and 12, want each file once/, [
      ...classRows,
      "./images/c1.png,dog",
    ]);
    await expect(/found only class "cat" in 2 rows, want two classes/, [
      `${NAMES[0]},cat`,
      `${NAMES[1]},cat`,
    ]);
    await expect(/found no row in 0 rows/, []);
    await expect(
      /Cannot use minimum with classes: found task = "classes", want task = "scalar", or no minimum$/,
      classRows,
      { minimum: 0 },
    );
    await expect(/Cannot use unit, targets with classes: .* or no unit, no targets$/, classRows, {
      unit: "years",
      targets: 10,
    });
    await expect(/class "fox" of ".*labels\.csv": found 1 of its images, want 3/, [
      ...classRows.slice(1),
      `${NAMES[0]},fox`,
    ]);
  });
  await assert.rejects(imageTable({}), /found no path, want one: dataset=\{"name":"image_table"/);
});

Deno.test("imageTable() names files that are not there or broken, and leaves them out when told so", async () => {
  const files = { ...IMAGES, "bad.png": "text", "labels.csv": "" };
  await withTable(files, async (load, folder) => {
    const rows = ["file,label", "lost.png,cat", ...classRows, "bad.png,dog"];
    await Deno.writeTextFile(join(folder, "labels.csv"), lines(...rows));
    await assert.rejects(
      load(),
      /2 files of .*"lost\.png" \(not there: line 2 of "labels\.csv"\), "bad\.png" \(undecodable: .*broken = "skip"/,
    );
    using set = await load({ broken: "skip" });
    checkDataset(set);
    assert.ok(set.inspection !== "none");
    assert.deepEqual([set.inspection.found, set.inspection.kept], [12, 10]);
    assert.deepEqual(
      set.inspection.skipped.map(({ rule, files }) => [rule, files.map(({ name }) => name)]),
      [["not there", ["lost.png"]], ["undecodable", ["bad.png"]]],
    );
    await assert.rejects(load(), /2 files of/);
  });
});

Deno.test("imageTable() wants one CSV in a folder or zip, and none with images beside it", async () => {
  await withTable({ "a.csv": "", "b.csv": "", ...IMAGES }, async (load, folder) => {
    await assert.rejects(load({ path: folder }), /found 2: "a\.csv", "b\.csv", want one; name it/);
    await assert.rejects(
      load({ path: join(folder, "images") }),
      /the table of labels in ".*images": found no CSV, want one/,
    );
    await assert.rejects(
      load({ path: folder, images: folder }),
      /Cannot use images = ".*" with ".*pets": want the path of a CSV/,
    );
    await Deno.writeTextFile(join(folder, "labels.xlsx"), "PK");
    await assert.rejects(
      load({ path: join(folder, "labels.xlsx") }),
      /labels\.xlsx": found a file that is no zip, want a table saved as "CSV UTF-8", such as/,
    );
    await assert.rejects(load(), (error: Error) => {
      assert.ok(error instanceof Deno.errors.NotFound);
      assert.match(
        error.message,
        /labels\.csv": found no file or folder of this name, want one; a/,
      );
      return true;
    });
  });
});
