import assert from "node:assert/strict";
import hdf5 from "h5wasm/node";
import type { Images, ObjectTypes } from "../../base/contracts.ts";
import { join } from "../../base/disk/path.ts";
import type { ProgressEvent } from "../../base/progress.ts";
import { drawChair, FULL_GRID } from "./chairs/grid.ts";
import { PICTURE_BYTES } from "./chairs/render.ts";
import { loadRc49, type Rc49, rc49Split } from "./rc49.ts";

const GRID = { chairs: 6, tenths: [1, 2, 3, 450, 899] };

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function read(images: Images, index: number): Uint8Array {
  const { height, width, channels } = images.shape;
  const bytes = new Uint8Array(height * width * channels);
  images.read(index, bytes, 0);
  return bytes;
}

function fullLabels(): Float32Array {
  const { chairs, tenths } = FULL_GRID;
  return Float32Array.from({ length: chairs * 899 }, (_, i) => tenths[i % 899]! / 10);
}

function typesOf({ types }: Rc49): ObjectTypes {
  assert.ok(types !== "none");
  return types;
}

Deno.test("the parts of the full set have the paper's sizes and rule", () => {
  const labels = fullLabels();
  const sizes = { 25: [11_250, 32_801], 15: [6_750, 37_301], 5: [2_250, 41_801] };
  for (const [perAngle, wanted] of Object.entries(sizes)) {
    const { train, test, subtrain, subvalid } = rc49Split(labels, Number(perAngle));
    assert.deepEqual([train.length, test.length], wanted);
    assert.deepEqual([subtrain.length, subvalid.length], [0.8 * wanted[0]!, 0.2 * wanted[0]!]);
    assert.equal(new Set([...train, ...test]).size, 44_051);
    assert.equal(new Set([...subtrain, ...subvalid]).size, train.length);
    const counts = new Map<number, number>();
    for (const position of train) {
      const tenth = Math.round(10 * labels[position]!);
      counts.set(tenth, (counts.get(tenth) ?? 0) + 1);
    }
    assert.equal(counts.size, 450);
    for (const [tenth, count] of counts) {
      assert.ok(tenth % 2 === 1 && count === Number(perAngle), `${count} of ${tenth / 10}`);
    }
  }
});

Deno.test("smaller settings are part of larger ones, and chairs are drawn evenly", () => {
  const labels = fullLabels();
  const large = rc49Split(labels, 25);
  const inLarge = new Set(large.train);
  assert.ok(rc49Split(labels, 5).train.every((position) => inLarge.has(position)));
  const perChair = new Array<number>(49).fill(0);
  for (const position of large.train) perChair[Math.floor(position / 899)]!++;
  // Mean 229.6, standard deviation 10.6.
  assert.ok(perChair.every((count) => count > 180 && count < 280), perChair.join());
});

Deno.test("a rendered set is drawn once, named as ours, and read from disk", () =>
  withFolder(async (folder) => {
    const events: ProgressEvent[] = [];
    const options = {
      setting: "R-5",
      folder,
      cache: join(folder, "rc49"),
      grid: GRID,
      threads: 2,
    } as const;
    const progress = (event: ProgressEvent) => void events.push(event);
    using set = await loadRc49({ ...options, progress });
    assert.equal(set.name, "RC-49 (rendered by us)");
    assert.equal(set.mayBePublished, true);
    assert.equal(set.train.origin, "rendered");
    assert.deepEqual(events.map(({ step, total }) => `${step}/${total}`), [
      "1/6",
      "2/6",
      "3/6",
      "4/6",
      "5/6",
      "6/6",
    ]);
    assert.equal(events.at(-1)!.state, "done");
    assert.equal(typesOf(set).count, 6);
    assert.equal(typesOf(set).test.length, 15);
    // Three odd angles with five of six chairs each.
    assert.deepEqual([set.train.labels.length, set.test.labels.length], [15, 15]);
    assert.deepEqual([set.subtrain.length, set.subvalid.length], [12, 3]);

    const { task } = set.train;
    assert.ok(task.kind === "regression");
    assert.deepEqual(task.labels, [0.1, 0.2, 0.3, 45, 89.9].map(Math.fround));
    assert.ok(set.test.labels.every((y) => y >= task.minimum && y <= task.maximum));

    const pictures = Array.from({ length: 6 }, (_, chair) => drawChair(chair, GRID.tenths));
    const { train } = rc49Split(
      Float32Array.from({ length: 30 }, (_, i) => GRID.tenths[i % 5]! / 10),
      5,
    );
    train.forEach((position, i) => {
      const start = (position % 5) * PICTURE_BYTES;
      const wanted = pictures[Math.floor(position / 5)]!.subarray(start, start + PICTURE_BYTES);
      assert.deepEqual(read(set.train.images, i), wanted);
      assert.equal(set.train.labels[i], Math.fround(GRID.tenths[position % 5]! / 10));
      assert.equal(typesOf(set).train[i], Math.floor(position / 5), "the chair that is drawn");
    });

    events.length = 0;
    using again = await loadRc49({ ...options, progress });
    assert.equal(events.length, 0, "nothing is drawn twice");
    assert.equal(again.checksum, set.checksum);
    const left = [...Deno.readDirSync(join(folder, "rc49"))].map(({ name }) => name).sort();
    assert.deepEqual(left, ["rendered.json", "rendered.u8"]);
  }));

Deno.test("a drawing that is stopped leaves nothing, and starts again from scratch", () =>
  withFolder(async (folder) => {
    const cache = join(folder, "rc49");
    const options = { setting: "R-5", folder, cache, grid: GRID, threads: 2 } as const;
    const controller = new AbortController();
    const steps: number[] = [];
    const progress = ({ step }: ProgressEvent) => {
      steps.push(step);
      if (step === 2) controller.abort(new Error("enough"));
    };
    const stopped = loadRc49({ ...options, progress, signal: controller.signal });
    await assert.rejects(stopped, { message: "enough" });
    assert.deepEqual(steps, [1, 2]);
    assert.deepEqual([...Deno.readDirSync(cache)], []);
    using set = await loadRc49({ ...options, progress });
    assert.equal(set.train.labels.length, 15);
  }));

Deno.test("a truncated file, a broken stamp and another grid are drawn again", () =>
  withFolder(async (folder) => {
    let drawn = 0;
    const load = async (grid = GRID) => {
      drawn = 0;
      using set = await loadRc49({
        setting: "R-5",
        folder,
        cache: join(folder, "rc49"),
        grid,
        threads: 1,
        progress: () => drawn++,
      });
      return { checksum: set.checksum, first: read(set.train.images, 0) };
    };
    const path = join(folder, "rc49", "rendered.u8");
    const whole = await load();
    await Deno.truncate(path, 1000);
    // What killed processes left goes, unless one may still be writing it.
    const [old, recent] = [`${path}.00000000.tmp`, `${path}.11111111.tmp`];
    for (const leftover of [old, recent]) await Deno.writeTextFile(leftover, "half");
    await Deno.utime(old, 0, 0);
    assert.deepEqual(await load(), whole);
    assert.equal(drawn, 6);
    await assert.rejects(Deno.stat(old), Deno.errors.NotFound);
    await Deno.remove(recent);
    await Deno.writeTextFile(join(folder, "rc49", "rendered.json"), "{");
    assert.deepEqual(await load(), whole);
    assert.equal(drawn, 6);
    const stamp = join(folder, "rc49", "rendered.json");
    for (const other of ["null", "[]", "{}"]) {
      await Deno.writeTextFile(stamp, other);
      assert.deepEqual(await load(), whole);
      assert.equal(drawn, 6, other);
    }
    // One bit, with a stamp of this version and with one of an older version, which has no quick checksum.
    for (
      const change of [(text: string) => text, (text: string) => text.replace(/,"crc32":"\w+"/, "")]
    ) {
      const text = change(await Deno.readTextFile(stamp));
      await Deno.writeTextFile(stamp, text);
      assert.deepEqual(await load(), whole);
      assert.equal(drawn, 0);
      const bytes = await Deno.readFile(path);
      bytes[5000]! ^= 16;
      await Deno.writeFile(path, bytes);
      assert.deepEqual(await load(), whole);
      assert.equal(drawn, 6);
    }
    const other = await load({ chairs: 6, tenths: [1, 2, 3, 451, 899] });
    assert.equal(drawn, 6);
    assert.notEqual(other.checksum, whole.checksum);
  }));

Deno.test("an unknown setting is refused", async () => {
  await assert.rejects(loadRc49({ setting: "R-7" as "R-5" }), /R-7.*R-25/);
});

/** The authors' layout with 2 x 2 images: three odd angles and two even ones, `perAngle` chairs drawn. */
async function writeAuthors(path: string, without?: string, wrong?: Record<string, number[]>) {
  await hdf5.ready;
  const file = new hdf5.File(path, "w");
  const pictures = (count: number, start: number) =>
    Uint8Array.from({ length: count * 12 }, (_, i) => start + i);
  const write = (
    name: string,
    data: Uint8Array | Float64Array | BigInt64Array,
    shape: number[],
  ) => {
    if (name !== without) file.create_dataset({ name, data, shape });
  };
  const numbers: Record<string, number[]> = {
    labels_odd: [0.1, 0.30000000000000004, 89.9, 0.1],
    labels_even: [0.2, 45],
    types_odd: [0, 1, 2, 2],
    types_even: [1, 0],
    ...wrong,
  };
  const positions: Record<string, number[]> = {
    indx_odd_train: [3, 1, 2],
    indx_odd_subtrain: [2, 3],
    indx_odd_subvalid: [1],
    ...wrong,
  };
  write("images_odd", pictures(4, 0), [4, 3, 2, 2]);
  write("images_even", pictures(2, 100), [2, 3, 2, 2]);
  for (const name of ["labels_odd", "labels_even", "types_odd", "types_even"]) {
    write(name, Float64Array.from(numbers[name]!), [numbers[name]!.length]);
  }
  for (const name of ["indx_odd_train", "indx_odd_subtrain", "indx_odd_subvalid"]) {
    const values = positions[name]!;
    write(name, BigInt64Array.from(values, BigInt), [values.length]);
  }
  file.close();
}

Deno.test("the authors' file takes the place of the rendered set, with its own split", () =>
  withFolder(async (folder) => {
    await writeAuthors(join(folder, "RC-49_64x64_5.h5"));
    const cache = join(folder, "cache", "rc49");
    for (const _ of ["decoded", "read again"]) {
      using set = await loadRc49({ setting: "R-5", folder, cache, grid: GRID });
      assert.equal(set.name, "RC-49");
      assert.equal(set.mayBePublished, false);
      assert.equal(set.train.origin, "real");
      assert.deepEqual([...set.train.labels], [0.1, 0.3, 89.9].map(Math.fround));
      assert.deepEqual([...set.test.labels], [0.1, 0.2, 45].map(Math.fround));
      const { count, train, test } = typesOf(set);
      assert.deepEqual([count, [...train], [...test]], [3, [2, 1, 2], [0, 1, 0]]);
      assert.deepEqual([[...set.subtrain], [...set.subvalid]], [[2, 0], [1]]);
      assert.ok(set.train.task.kind === "regression");
      assert.deepEqual(set.train.task.labels, [0.1, 0.2, 0.3, 45, 89.9].map(Math.fround));
      // Image 3 of the odd ones: planes 36 … 39, 40 … 43, 44 … 47 become pixels.
      const wanted = [36, 40, 44, 37, 41, 45, 38, 42, 46, 39, 43, 47];
      assert.deepEqual([...read(set.train.images, 0)], wanted);
      assert.equal(read(set.test.images, 1)[0], 100);
      // What is decoded is decoded again when a byte of it changed.
      const decoded = join(cache, "RC-49_64x64_5.u8");
      const bytes = await Deno.readFile(decoded);
      bytes[40]! ^= 1;
      await Deno.writeFile(decoded, bytes);
    }
  }));

Deno.test("authors' files that do not fit together are refused", () =>
  withFolder(async (folder) => {
    const path = join(folder, "RC-49_64x64_5.h5");
    const load = () => loadRc49({ setting: "R-5", folder, cache: join(folder, "rc49") });
    await writeAuthors(path, "indx_odd_train");
    await assert.rejects(load, /found arrays "images_even", .*, want "indx_odd_train"/);
    const cases: [Record<string, number[]>, RegExp][] = [
      [{ labels_even: [0.2] }, /found 1 values in labels_even, want 2/],
      [{ labels_even: [0.2, 90] }, /found 90 in labels_even, want tenths of degrees/],
      [{ labels_even: [0.2, 0.25] }, /found 0.25 in labels_even/],
      [
        { labels_odd: [0.001, 0.003, 0.99, 0.001], labels_even: [0.002, 0.5] },
        /labels_even from 0.001 to 0.99, which look divided by their scale, want degrees: multiply/,
      ],
      [{ types_odd: [0, 1, 2] }, /found 3 values in types_odd, want 4/],
      [{ types_even: [0.5, 1] }, /found 0.5 in types_even, want integers/],
      [{ indx_odd_train: [1, 4] }, /found 4 in indx_odd_train, want integers from 0 to 3/],
      [{ indx_odd_train: [1, 1] }, /found position 1 twice in indx_odd_train/],
      [{ indx_odd_subvalid: [0] }, /found 0 in indx_odd_subvalid, want positions of indx_odd_tr/],
      [{ indx_odd_subvalid: [2] }, /found image 2 in both halves/],
    ];
    for (const [wrong, message] of cases) {
      await writeAuthors(path, undefined, wrong);
      await assert.rejects(load, message);
    }
    await writeAuthors(path, "types_odd");
    using plain = await load();
    assert.equal(plain.types, "none", "only the measure of diversity asks for types");
    await Deno.writeTextFile(path, "not HDF5");
    await assert.rejects(load, /found no HDF5 signature/);
  }));
