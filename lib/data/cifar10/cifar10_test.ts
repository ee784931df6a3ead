import assert from "node:assert/strict";
import { join } from "../../base/disk/path.ts";
import { hasCifar10 } from "../../setup/cifar10.ts";
import { SetUpError } from "../../setup/error.ts";
import { type Cifar10Options, cifar10Positions, loadCifar10 } from "./cifar10.ts";
import { type Cifar10Layout, IMAGE_BYTES } from "./files.ts";
import { sha256Of } from "../files/hash.ts";
import { encodePng } from "../files/image_file.ts";

const PER_BATCH = 20;
const COUNT = 6 * PER_BATCH;
const LAYOUT: Cifar10Layout = { perBatch: PER_BATCH, sha256: {} };
const BATCHES = [1, 2, 3, 4, 5].map((k) => `data_batch_${k}`).concat("test_batch");

/** Byte i of image n, in reading order with interleaved channels. */
const byteAt = (image: number, i: number) => (image * 31 + i * 7 + (i >> 5)) & 255;
/** Every class twice per batch, in an order that differs between batches. */
const labelAt = (image: number) => (image * 3 + Math.floor(image / PER_BATCH)) % 10;

const offline = () => Promise.reject(new SetUpError("Cannot download CIFAR-10: found no network"));

/** Sets that a test has opened. */
const opened: Disposable[] = [];

/** Loads from `folder`, keeps the decoded file beside it, and downloads nothing; `withFolder` closes it. */
async function loadFrom(folder: string, options: Partial<Cifar10Options> = {}) {
  const prepared = join(folder, "prepared");
  const set = await loadCifar10({
    setting: "C-50K",
    folder,
    prepared,
    layout: LAYOUT,
    download: offline,
    ...options,
  });
  opened.push(set);
  return set;
}

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    for (const set of opened.splice(0)) set[Symbol.dispose]();
    await Deno.remove(folder, { recursive: true });
  }
}

function writePackage(folder: string): string {
  const target = join(folder, "cifar10");
  Deno.mkdirSync(target);
  for (const [k, name] of BATCHES.entries()) {
    const pixels = Uint8Array.from(
      { length: PER_BATCH * IMAGE_BYTES },
      (_, i) => byteAt(k * PER_BATCH + Math.floor(i / IMAGE_BYTES), i % IMAGE_BYTES),
    );
    const png = encodePng({ width: 1024, height: PER_BATCH, pixels });
    Deno.writeFileSync(join(target, `${name}.png`), png);
  }
  const labels = Array.from({ length: COUNT }, (_, i) => labelAt(i));
  const write = (name: string, values: number[]) =>
    Deno.writeTextFileSync(join(target, name), JSON.stringify(values));
  write("train_lables.json", labels.slice(0, 5 * PER_BATCH));
  write("test_lables.json", labels.slice(5 * PER_BATCH));
  return target;
}

function writeArchive(folder: string): void {
  const target = join(folder, "cifar-10-batches-bin");
  Deno.mkdirSync(target);
  for (const [k, name] of BATCHES.entries()) {
    const bytes = new Uint8Array(PER_BATCH * (1 + IMAGE_BYTES));
    for (let n = 0, out = 0; n < PER_BATCH; n++) {
      const image = k * PER_BATCH + n;
      bytes[out++] = labelAt(image);
      for (let c = 0; c < 3; c++) {
        for (let p = 0; p < 1024; p++) bytes[out++] = byteAt(image, 3 * p + c);
      }
    }
    Deno.writeFileSync(join(target, `${name}.bin`), bytes);
  }
}

Deno.test("loadCifar10() gives every pixel and label of the package in the order of the files", () =>
  withFolder(async (folder) => {
    writePackage(folder);
    const { train, test, subtrain, subvalid } = await loadFrom(folder);
    const bytes = new Uint8Array(IMAGE_BYTES);
    for (const image of [0, 19, 20, 99, 100, 119]) {
      const set = image < 100 ? train : test;
      set.images.read(image % 100, bytes, 0);
      assert.ok(bytes.every((byte, i) => byte === byteAt(image, i)), `image ${image}`);
      assert.equal(set.labels[image % 100], labelAt(image));
    }
    assert.equal(train.images.count, 100);
    assert.equal(test.images.count, 20);
    assert.equal(subtrain.length, 80);
    const both = [...subtrain, ...subvalid].sort((a, b) => a - b);
    assert.deepEqual(both, Array.from({ length: 100 }, (_, i) => i));
  }));

Deno.test("loadCifar10() gives the same set from the package, the archive and the decoded file", () =>
  withFolder(async (folder) => {
    const target = writePackage(folder);
    const load = () => loadFrom(folder, { setting: "C-20K" });
    const fromPackage = await load();
    for (const name of BATCHES) await Deno.remove(join(target, `${name}.png`));
    const fromDecoded = await load();
    await Deno.remove(join(folder, "prepared"), { recursive: true });
    await Deno.remove(target, { recursive: true });
    writeArchive(folder);
    const fromArchive = await load();
    assert.equal(fromDecoded.checksum, fromPackage.checksum);
    assert.equal(fromArchive.checksum, fromPackage.checksum);
    assert.deepEqual(fromArchive.train.labels, fromPackage.train.labels);
  }));

Deno.test("loadCifar10() takes the images of the subset's positions", () =>
  withFolder(async (folder) => {
    writeArchive(folder);
    const { train, subtrain, subvalid } = await loadFrom(folder, { setting: "C-10K" });
    const positions = cifar10Positions("C-10K", 100);
    const bytes = new Uint8Array(IMAGE_BYTES);
    assert.equal(train.images.count, 20);
    positions.forEach((position, i) => {
      assert.equal(train.labels[i], labelAt(position));
      train.images.read(i, bytes, 0);
      assert.ok(bytes.every((byte, k) => byte === byteAt(position, k)), `image ${i}`);
    });
    assert.deepEqual([...subtrain, ...subvalid], Array.from({ length: 20 }, (_, i) => i));
    assert.equal(subtrain.length, 16);
  }));

Deno.test("a setting opens the training images that it leaves out, with their labels", () =>
  withFolder(async (folder) => {
    writeArchive(folder);
    const { others } = await loadFrom(folder, { setting: "C-10K" });
    assert.ok(others !== "none");
    const { images, labels } = others();
    const taken = new Set(cifar10Positions("C-10K", 100));
    const positions = Array.from({ length: 100 }, (_, i) => i).filter((i) => !taken.has(i));
    assert.equal(images.count, 80);
    assert.deepEqual([...labels], positions.map(labelAt));
    const bytes = new Uint8Array(IMAGE_BYTES);
    for (const i of [0, 41, 79]) {
      images.read(i, bytes, 0);
      assert.ok(bytes.every((byte, k) => byte === byteAt(positions[i]!, k)), `image ${i}`);
    }
    assert.equal((await loadFrom(folder)).others, "none");
  }));

Deno.test("cifar10Positions() are the reference's permutation, C-10K inside of C-20K", () => {
  const small = cifar10Positions("C-10K");
  const large = cifar10Positions("C-20K");
  const sum = (values: Uint32Array) => values.reduce((total, value) => total + value, 0);
  assert.deepEqual([...small.subarray(0, 4)], [24397, 39273, 6546, 13504]);
  assert.equal(sum(small), 249_339_781);
  assert.equal(sum(large), 501_780_441);
  assert.deepEqual(large.subarray(0, 10_000), small);
  assert.deepEqual([...cifar10Positions("C-50K", 3)], [0, 1, 2]);
});

Deno.test("loadCifar10() decodes again when the decoded file is damaged or cut", () =>
  withFolder(async (folder) => {
    writePackage(folder);
    const load = (layout: Cifar10Layout) => loadFrom(folder, { layout });
    const { checksum } = await load(LAYOUT);
    const checked = { ...LAYOUT, checksums: { "C-50K": checksum } };
    const decoded = join(folder, "prepared", "cifar10", "cifar10.u8");
    const bytes = await Deno.readFile(decoded);
    bytes[5000]! ^= 1;
    await Deno.writeFile(decoded, bytes);
    assert.equal((await load(checked)).checksum, checksum);
    await Deno.truncate(decoded, 1000);
    assert.equal((await load(checked)).checksum, checksum);
  }));

Deno.test("loadCifar10() names file, found and wanted of bad input, and keeps no result", () =>
  withFolder(async (folder) => {
    const target = writePackage(folder);
    const png = join(target, "data_batch_3.png");
    const whole = await Deno.readFile(png);
    const expect = (message: RegExp, layout = LAYOUT) =>
      assert.rejects(loadFrom(folder, { setting: "C-10K", layout }), (error: Error) => {
        assert.ok(error instanceof SetUpError, `${error.stack}`);
        assert.match(error.message, /^Cannot load CIFAR-10: .* cannot be downloaded: .*no network/);
        assert.match(error.message, message);
        return true;
      });

    await Deno.writeFile(png, whole.subarray(0, whole.length / 2));
    await expect(/Cannot decode ".*data_batch_3\.png" as PNG: found \d+ bytes .*again/);
    await Deno.writeFile(png, whole);

    const small = encodePng({ width: 1024, height: 2, pixels: new Uint8Array(2 * IMAGE_BYTES) });
    await Deno.writeFile(png, small);
    await expect(/data_batch_3\.png": found 1024 x 2 pixels, want 1024 x 20; /);
    await Deno.writeFile(png, whole);

    const sha256 = { "data_batch_3.png": "0".repeat(64) };
    await expect(new RegExp(`SHA-256 ${sha256Of(whole)}, not 0{64}`), { ...LAYOUT, sha256 });

    const labels = join(target, "test_lables.json");
    const good = await Deno.readTextFile(labels);
    await Deno.writeTextFile(labels, JSON.stringify(JSON.parse(good).slice(1)));
    await expect(/test_lables\.json": found 19 labels, want 20 labels/);
    await Deno.writeTextFile(labels, good.replace("5", "10"));
    await expect(/found label 10 at image \d+, want an integer from 0 to 9/);
    await Deno.writeTextFile(labels, good.replace("5", "6"));
    await expect(/test labels .* found 1 images of class 5, want 2/);
    await Deno.writeTextFile(labels, good.slice(0, 10));
    await expect(/Cannot read labels in ".*test_lables\.json"/);
    await Deno.writeTextFile(labels, good);

    await Deno.remove(png);
    await expect(/data_batch_3\.png is missing in ".*cifar10"/);
    const left = [...Deno.readDirSync(join(folder, "prepared", "cifar10"))];
    assert.deepEqual(left, []);
  }));

Deno.test("loadCifar10() mends an archive that lacks a file by each remedy that it names", () =>
  withFolder(async (folder) => {
    writeArchive(folder);
    const { checksum } = await loadFrom(folder);
    const forget = () => Deno.remove(join(folder, "prepared"), { recursive: true });
    await forget();
    const lost = join(folder, "cifar-10-batches-bin", "data_batch_3.bin");
    const bytes = await Deno.readFile(lost);
    await Deno.remove(lost);
    await assert.rejects(loadFrom(folder), {
      name: "SetUpError",
      message: /^Cannot load CIFAR-10: data_batch_3\.bin is missing in .* by hand .* or run again /,
    });

    // "run again with a way to the package registry"
    const cache = join(folder, "cache");
    await Deno.mkdir(cache);
    const downloaded = writePackage(cache);
    const stages: string[] = [];
    const online = await loadFrom(folder, {
      progress: ({ stage, state }) => stages.push(`${stage}: ${state}`),
      download({ onBytes }) {
        onBytes?.(70e6, 139e6);
        return Promise.resolve(downloaded);
      },
    });
    assert.equal(online.checksum, checksum);
    assert.match(
      stages.join(),
      /^downloading .*data_batch_3\.bin is missing .*: training,.*: done$/,
    );
    await forget();

    // "Complete the files by hand"
    await Deno.writeFile(lost, bytes);
    assert.equal((await loadFrom(folder)).checksum, checksum);
  }));

Deno.test("loadCifar10() reads a data folder that it may not write", () =>
  withFolder(async (folder) => {
    const data = join(folder, "data");
    await Deno.mkdir(data);
    writeArchive(data);
    const before = Array.from(Deno.readDirSync(data), ({ name }) => name);
    await loadFrom(data, { prepared: join(folder, "prepared") });
    assert.deepEqual(Array.from(Deno.readDirSync(data), ({ name }) => name), before);
  }));

Deno.test("loadCifar10() stops a download with its signal", () =>
  withFolder(async (folder) => {
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(
      loadFrom(folder, {
        signal,
        download: (watch) => Promise.resolve(watch.signal!.throwIfAborted()).then(() => ""),
      }),
      { message: "enough" },
    );
  }));

Deno.test("loadCifar10() says how to get the data and which settings exist", () =>
  withFolder(async (folder) => {
    await assert.rejects(
      loadFrom(folder),
      /found none of its files in ".*"; and it cannot be downloaded: .*data\/README\.md/,
    );
    const setting = "C-5K" as "C-10K";
    await assert.rejects(loadFrom(folder, { setting }), /"C-50K", "C-20K", "C-10K"/);
  }));

Deno.test({
  name: "loadCifar10() on the real data has the published labels, pixels and checksum",
  ignore: !await hasCifar10(),
  fn: async () => {
    using set = await loadCifar10({ setting: "C-10K" });
    const { train, test, checksum } = set;
    assert.equal(checksum, "366ca2bebc985d68");
    assert.deepEqual([...test.labels.subarray(0, 10)], [3, 8, 8, 0, 6, 6, 1, 6, 3, 1]);
    const pixels = new Uint8Array(IMAGE_BYTES);
    test.images.read(0, pixels, 0);
    assert.deepEqual([...pixels.subarray(0, 6)], [158, 112, 49, 159, 111, 47]);
    const counts = new Array<number>(10).fill(0);
    for (const label of train.labels) counts[label]!++;
    // Drawn without regard to class: near 1,000 each, but not equal.
    assert.ok(counts.every((count) => count > 900 && count < 1100), counts.join(" "));
    assert.ok(new Set(counts).size > 1);
  },
});
