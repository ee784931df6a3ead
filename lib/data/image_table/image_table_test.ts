import assert from "node:assert/strict";
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import type { LabelledImages } from "../../base/contracts.ts";
import { dirname, join } from "../../base/disk/path.ts";
import { drawFace } from "../../testing/faces.ts";
import { encodePng } from "../files/image_file.ts";
import { imageFolder } from "../image_folder/image_folder.ts";
import { checkDataset } from "../parts/check.ts";
import { imageTable, type ImageTableOptions } from "./image_table.ts";

const SIZE = 8;

function plain(value: number, size = SIZE): Uint8Array {
  const pixels = new Uint8Array(size * size * 3).fill(value);
  return encodePng({ width: size, height: size, pixels });
}

/** First byte of each image, with its label. */
function levelsOf({ images, labels }: LabelledImages): [level: number, label: number][] {
  const pixels = new Uint8Array(images.shape.height * images.shape.width * 3);
  return Array.from(labels, (label, i) => {
    images.read(i, pixels, 0);
    return [pixels[0]!, label];
  });
}

type Files = Readonly<Record<string, Uint8Array | string>>;
type Load = (options?: Partial<ImageTableOptions>) => ReturnType<typeof imageTable>;

/** Runs `work` with a folder "pets" that holds the files, and a loader on its "labels.csv". */
async function withTable(
  files: Files,
  work: (load: Load, folder: string, root: string) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  const folder = join(root, "pets");
  try {
    for (const [name, content] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(folder, name)), { recursive: true });
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      await Deno.writeFile(join(folder, name), bytes);
    }
    const settings = { size: SIZE, cache: join(root, "prepared"), threads: 1 };
    await work(
      (options) => imageTable({ path: join(folder, "labels.csv"), ...settings, ...options }),
      folder,
      root,
    );
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function zipOf(files: Files, below: string): Promise<Uint8Array> {
  const zip = new ZipWriter(new Uint8ArrayWriter());
  for (const [name, content] of Object.entries(files)) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await zip.add(`${below}${name}`, new Uint8ArrayReader(bytes));
  }
  return await zip.close();
}

const lines = (...rows: readonly string[]) => rows.join("\r\n");

/** Five cats and five dogs, of levels 1 to 5 and 11 to 15. */
const IMAGES: Readonly<Record<string, Uint8Array>> = Object.fromEntries(
  [1, 2, 3, 4, 5].flatMap((i) => [
    [`images/c${i}.png`, plain(i)],
    [`images/d${i}.png`, plain(10 + i, 20)],
  ]),
);
const NAMES = Object.keys(IMAGES);
const classRows = NAMES.map((name) => `${name},${name.includes("/c") ? "cat" : "dog"}`);

Deno.test("imageTable() reads classes, whatever the order of rows, the same from folder and zip", async () => {
  const files = { ...IMAGES, "labels.csv": `\uFEFF${lines("file,label", ...classRows)}` };
  await withTable({ ...files, "images/other.png": plain(99) }, async (load, folder, root) => {
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
    images[`cat/${i}.png`] = plain(i);
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
  for (let i = 0; i < 50; i++) images[`${i}.png`] = plain(i);
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
    await expect(/minimum or maximum with task = "classes"/, classRows, { minimum: 0 });
    await expect(/class "fox": found 1 of its images, want 3/, [
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
      /2 files of .*"lost\.png" \(not there: line 2\), "bad\.png" \(undecodable: .*broken = "skip"/,
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
