import assert from "node:assert/strict";
import { join } from "../../base/disk/path.ts";
import { drawFace } from "../../testing/faces.ts";
import { levelsOf, plainPng, zipOf } from "../../testing/own_files.ts";
import { classRows, IMAGES, lines, NAMES, SIZE, withTable } from "../../testing/own_tables.ts";
import { imageFolder } from "../image_folder/image_folder.ts";
import { checkDataset } from "../parts/check.ts";
import type { ImageTableOptions } from "./image_table.ts";

Deno.test("imageTable() reads classes, whatever the order of rows, the same from folder and zip", async () => {
  const files = { ...IMAGES, "labels.csv": `\uFEFF${lines("file,label", ...classRows)}` };
  await withTable({ ...files, "images/other.png": plainPng(99) }, async (load, folder, root) => {
    using set = await load();
    checkDataset(set);
    const { task } = set.train;
    assert.ok(task.kind === "classification" && set.inspection !== "none");
    assert.deepEqual([set.name, task.classNames], ["labels", ["cat", "dog"]]);
    const all = [...levelsOf(set.train), ...levelsOf(set.test)];
    assert.equal(all.length, 10);
    assert.ok(all.every(([level, label]) => level < 99 && label === Number(level > 10)));
    assert.deepEqual([...set.test.labels], [0, 1]);
    assert.deepEqual(set.inspection.remarks, [{
      what: "not in the table",
      images: 1,
      remark: "images that lie beside the others: left alone",
    }]);

    const turned = lines(
      '"label","file"',
      ...classRows.toReversed().map((row) => {
        const [name, label] = row.split(",");
        return `${label},".\\${name!.replaceAll("/", "\\")}"`;
      }),
    );
    await Deno.writeTextFile(join(folder, "labels.csv"), turned);
    using again = await load({ path: folder });
    assert.deepEqual([again.name, again.checksum], ["pets", set.checksum]);

    const path = join(root, "my pets.zip");
    await Deno.writeFile(path, await zipOf(files, "pets/"));
    using zipped = await load({ path });
    assert.deepEqual([zipped.name, zipped.checksum], ["my pets", set.checksum]);
    // The table apart from a zip of its images.
    const apart = join(root, "table.csv");
    await Deno.writeTextFile(apart, files["labels.csv"]);
    using both = await load({ path: apart, images: path });
    assert.equal(both.checksum, set.checksum);
    using other = await load({ seed: 1 });
    assert.notEqual(other.checksum, set.checksum);
  });
});

Deno.test("imageTable() gives what a folder of classes of the same names gives", async () => {
  const images: Record<string, Uint8Array> = {};
  for (let i = 0; i < 6; i++) {
    images[`cat/${i}.png`] = plainPng(i);
    images[`dog/${i}.jpg`] = await drawFace(i, 24);
  }
  const rows = Object.keys(images).map((name) => `${name};${name.split("/")[0]}`);
  await withTable(
    { ...images, "labels.csv": lines("photo;kind", ...rows) },
    async (load, folder) => {
      using table = await load({ file: "photo", label: "kind" });
      using classes = await imageFolder({
        path: folder,
        size: SIZE,
        cache: join(folder, "..", "prepared"),
        threads: 1,
      });
      assert.equal(table.checksum, classes.checksum);
    },
  );
});

Deno.test("imageTable() keeps the split of the table", async () => {
  const rows = classRows.map((row) => `${row},${/[cd][14]/.test(row) ? "Test" : "train"}`);
  const text = lines("file,label,split", ...rows);
  await withTable({ ...IMAGES, "labels.csv": text }, async (load, folder) => {
    using set = await load();
    assert.deepEqual(levelsOf(set.test), [[1, 0], [4, 0], [11, 1], [14, 1]]);
    assert.equal(set.train.labels.length, 6);
    using same = await load({ seed: 1, test: 0.5 });
    assert.deepEqual(levelsOf(same.test), levelsOf(set.test));
    const path = join(folder, "labels.csv");
    await Deno.writeTextFile(path, text.replace("split", "part"));
    using named = await load({ split: "part" });
    assert.equal(named.checksum, set.checksum);
    await assert.rejects(
      load({ split: "fold" }),
      /"part" in line 1, want "fold"; name yours with split/,
    );
    await Deno.writeTextFile(path, text.replace("d3.png,dog,train", "d3.png,dog,val"));
    await assert.rejects(load(), /labels\.csv", line 7: found part "val", want "train" or "test"/);
    await Deno.writeTextFile(path, text.replaceAll("dog,Test", "dog,train"));
    await assert.rejects(load(), /found no image of "dog" to test on, want some of each class/);
    await Deno.writeTextFile(path, text.replaceAll("Test", "train"));
    await assert.rejects(load(), /found no image of "cat", "dog" to test on/);
  });
});

Deno.test("imageTable() reads scalar labels, divided over their whole range", async () => {
  const images: Record<string, Uint8Array> = {};
  for (let i = 0; i < 50; i++) images[`${i}.png`] = plainPng(i);
  const rows = Object.keys(images).map((name) => `${name},${parseInt(name) / 10}`);
  const text = lines("file,age", ...rows);
  await withTable({ ...images, "labels.csv": text }, async (load, folder) => {
    const scalar = { label: "age", task: "scalar" } as const;
    using set = await load({ ...scalar, unit: "years" });
    checkDataset(set);
    const { task } = set.train;
    assert.ok(task.kind === "regression");
    const { minimum, maximum, scale, unit } = task;
    const most = Math.fround(4.9);
    assert.deepEqual({ minimum, maximum, scale, unit }, {
      minimum: 0,
      maximum: most,
      scale: most,
      unit: "years",
    });
    assert.deepEqual(task.labels, [...set.train.labels].sort((a, b) => a - b));
    for (const [level, label] of [...levelsOf(set.train), ...levelsOf(set.test)]) {
      assert.equal(label, Math.fround(level / 10));
    }
    // Five of each run of 25 neighbours.
    const halves = [...set.test.labels].map((label) => Number(label >= 2.5));
    assert.deepEqual(halves.sort(), [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    assert.deepEqual([set.subtrain.length, set.subvalid.length], [32, 8]);

    using wide = await load({ ...scalar, maximum: 10, targets: 3 });
    assert.ok(wide.train.task.kind === "regression");
    assert.equal(wide.train.task.scale, 10);
    const sorted = [...wide.train.labels].sort((a, b) => a - b);
    assert.deepEqual(wide.train.task.labels, [sorted[0], sorted[20], sorted[39]]);
    assert.notEqual(wide.checksum, set.checksum);
    using same = await load({ ...scalar, maximum: 4.9, minimum: 0, unit: "years" });
    assert.equal(same.checksum, set.checksum);

    const expect = async (from: string, to: string, message: RegExp, more = {}) => {
      await Deno.writeTextFile(join(folder, "labels.csv"), text.replace(from, to));
      await assert.rejects(load({ ...scalar, ...more }), message);
    };
    await expect(
      "7.png,0.7",
      "7.png,old",
      /label "old" in line 9, want a number .* task = "classes"/,
    );
    await expect("7.png,0.7", '7.png,"0,7"', /label "0,7" in line 9, want a number such as 2\.5/);
    await expect("7.png,0.7", "7.png,-1", /label -1 in line 9, want 0 or more, since/);
    await expect("7.png,0.7", "7.png,1e99", /label Infinity in line 9, want a finite/);
    await expect("", "", /label .* in line 47, want 0 to 4\.4 units, as minimum and maximum say/, {
      maximum: 4.4,
    });
    await Deno.writeTextFile(
      join(folder, "labels.csv"),
      lines("file,age", "1.png,3", "2.png,3.0", "3.png,3e0"),
    );
    await assert.rejects(load(scalar), /found label 3 only, want two different ones at least/);
  });
});

Deno.test("imageTable() takes amounts that are all below 1", async () => {
  const rows = NAMES.map((name, i) => `${name},${(i + 1) / 20}`);
  await withTable({ ...IMAGES, "labels.csv": lines("file,label", ...rows) }, async (load) => {
    using set = await load({ task: "scalar" });
    assert.equal(set.train.labels.length, 8);
  });
});

Deno.test("imageTable() names the share where too much is tested on, and one that leaves enough", async () => {
  const table = (labels: readonly string[]) =>
    lines("file,label", ...NAMES.map((name, i) => `${name},${labels[i]}`));
  const pets = NAMES.map((name) => name.includes("/c") ? "cat" : "dog");
  const refused = async (labels: readonly string[], options: Partial<ImageTableOptions>) => {
    let share = NaN;
    await withTable({ ...IMAGES, "labels.csv": table(labels) }, async (load) => {
      await assert.rejects(load(options), ({ message }: Error) => {
        assert.match(message, new RegExp(`to train where a share of ${options.test} is tested on`));
        share = Number(/; test = (0\.\d) leaves enough$/.exec(message)?.[1]);
        return true;
      });
      using set = await load({ ...options, test: share });
      assert.ok(set.train.labels.length >= 2);
    });
    return share;
  };
  assert.equal(await refused(pets, { test: 0.95 }), 0.8);
  // Three foxes.
  const few = NAMES.map((_, i) => [0, 2, 4].includes(i) ? "fox" : "dog");
  assert.equal(await refused(few, { test: 0.85 }), 0.8);
  // Ten amounts of two kinds: eight in ten would leave two of one kind.
  assert.ok(await refused(NAMES.map((_, i) => `${i % 2}`), { task: "scalar", test: 0.9 }) < 0.9);
});
