import assert from "node:assert/strict";
import type { Regression } from "../../base/contracts.ts";
import { join } from "../../base/disk/path.ts";
import { evaluate, libFile } from "../../testing/processes.ts";
import { isPoolFinished, type LabelShard, openFakeShards, openFinishedPool } from "./shards.ts";

const AGES: Regression = {
  kind: "regression",
  minimum: 0.1,
  maximum: 60,
  scale: 60,
  unit: "years",
  labels: [0.1, 20, 40.7].map(Math.fround),
};
const SHAPE = { height: 2, width: 1, channels: 3 };
const PER_LABEL = 4;
const LABELS = AGES.labels;

async function withFolder(work: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const POOL = { labels: LABELS, perLabel: PER_LABEL, task: AGES, identity: "pool of §" };

const open = (folder: string, change: object = {}) =>
  openFakeShards({ ...POOL, folder, ...change });

const finished = (folder: string) => isPoolFinished({ ...POOL, folder });

/** Bytes k, k + 1, … for the k-th label. */
function shardOf(k: number, drawn = 2): LabelShard {
  return {
    label: LABELS[k]!,
    bytes: Uint8Array.from({ length: PER_LABEL * 6 }, (_, i) => 30 * k + i),
    shape: SHAPE,
    draws: Int32Array.from({ length: PER_LABEL }, (_, i) => 100 * k + i),
    acceptedRatios: Float32Array.from({ length: PER_LABEL }, (_, i) => k + i / 8),
    drawnRatios: new Float32Array(drawn).fill(-k),
    acceptance: {
      label: LABELS[k]!,
      accepted: PER_LABEL,
      drawn: 9,
      acceptanceRate: 0.5,
      greatestRatio: 3,
      burnInsRedrawn: 0,
    },
  };
}

const bytesOf = (folder: string) =>
  ["index.jsonl", "images.u8", "draws.i32", "ratios.f32"].map((name) => [
    ...Deno.readFileSync(join(folder, name)),
  ]);

Deno.test("openFakeShards() gives back what was appended", () =>
  withFolder((folder) => {
    using shards = open(folder);
    assert.deepEqual(shards.remaining, LABELS);
    assert.equal(finished(folder), false);
    for (let k = 0; k < 3; k++) shards.append(shardOf(k, k));
    assert.deepEqual(shards.remaining, []);
    assert.equal(finished(folder), true);
    using pool = shards.finish();
    assert.equal(pool.set.origin, "fake");
    assert.equal(pool.set.images.count, 12);
    assert.deepEqual(pool.set.images.shape, SHAPE);
    assert.deepEqual([...pool.set.labels], LABELS.flatMap((label) => new Array(4).fill(label)));
    const image = new Uint8Array(6);
    pool.set.images.read(9, image, 0);
    assert.deepEqual([...image], [66, 67, 68, 69, 70, 71]);
    assert.deepEqual(
      [...pool.draws!],
      [0, 1, 2].flatMap((k) => [0, 1, 2, 3].map((i) => 100 * k + i)),
    );
    assert.deepEqual(
      [...pool.acceptedRatios!],
      [0, 1, 2].flatMap((k) => [k, k + 1 / 8, k + 2 / 8, k + 3 / 8]),
    );
    assert.deepEqual([...pool.drawnRatios!], [-1, -2, -2]);
    assert.deepEqual(pool.acceptances!.map(({ label }) => label), LABELS);
  }));

Deno.test("openFakeShards() continues after the last finished label, whatever a kill left", () =>
  withFolder((folder) => {
    const whole = join(folder, "whole");
    {
      using shards = open(whole);
      for (let k = 0; k < 3; k++) shards.append(shardOf(k));
    }
    const killed = join(folder, "killed");
    {
      using shards = open(killed);
      shards.append(shardOf(0));
    }
    // The second label was being written: pixels, some draws and ratios, half a line.
    const add = (name: string, bytes: Uint8Array) =>
      Deno.writeFileSync(join(killed, name), bytes, { append: true });
    add("images.u8", new Uint8Array(17).fill(9));
    add("draws.i32", new Uint8Array(5));
    add("ratios.f32", new Uint8Array(3));
    add("index.jsonl", new TextEncoder().encode('{"label":20,"sha'));
    {
      using shards = open(killed);
      assert.deepEqual(shards.remaining, LABELS.slice(1));
      assert.throws(() => shards.finish(), {
        name: "RangeError",
        message: `Cannot open the pool "${killed}": 2 of 3 labels are missing, the first is 20`,
      });
      shards.append(shardOf(1));
    }
    {
      using shards = open(killed);
      assert.deepEqual(shards.remaining, LABELS.slice(2));
      shards.append(shardOf(2));
    }
    assert.deepEqual(bytesOf(killed), bytesOf(whole));
    // A loss of power kept the end of a line and not its beginning.
    const index = join(killed, "index.jsonl");
    const text = Deno.readTextFileSync(index);
    const last = text.lastIndexOf("\n", text.length - 2) + 1;
    for (const torn of [last, 0]) {
      Deno.writeTextFileSync(index, text.slice(0, torn) + "\0".repeat(30) + '"crc32":"0"}\n');
      using shards = open(killed);
      const left = torn === 0 ? [0, 1, 2] : [2];
      assert.deepEqual(shards.remaining, left.map((k) => LABELS[k]));
      for (const k of left) shards.append(shardOf(k));
      assert.deepEqual(bytesOf(killed), bytesOf(whole));
    }
    // A header that was cut off is no pool yet.
    Deno.writeTextFileSync(join(killed, "index.jsonl"), '{"ident');
    using shards = open(killed);
    assert.deepEqual(shards.remaining, LABELS);
  }));

Deno.test("openFakeShards() takes a label in parts and drops those of a label that was not finished", () =>
  withFolder((folder) => {
    const cut = ({ label, bytes, shape }: LabelShard, from: number, to: number) => ({
      label,
      shape,
      bytes: bytes.subarray(6 * from, 6 * to),
    });
    const [whole, parts] = [join(folder, "whole"), join(folder, "parts")];
    {
      using shards = open(whole);
      for (let k = 0; k < 3; k++) shards.append(shardOf(k));
    }
    {
      using shards = open(parts);
      shards.appendPart({ ...cut(shardOf(0), 0, 1), isPart: true });
      shards.appendPart({ ...cut(shardOf(0), 1, 2), isPart: true });
      shards.append({ ...shardOf(0), ...cut(shardOf(0), 2, 4) });
      assert.deepEqual(shards.remaining, LABELS.slice(1));
      shards.appendPart({ ...cut(shardOf(1), 0, 3), isPart: true });
      assert.deepEqual(shards.remaining, LABELS.slice(1));
      assert.throws(() => shards.append({ ...shardOf(1), ...cut(shardOf(1), 0, 2) }), {
        name: "RangeError",
        message: "Cannot add fakes of label 20: found 5 of 2 x 1 x 3, want 4 of 2 x 1 x 3",
      });
      assert.throws(
        () => shards.appendPart({ ...cut(shardOf(2), 0, 1), isPart: true }),
        /Cannot add fakes of label 40.7: want 20/,
      );
      assert.throws(() => shards.finish(), /2 of 3 labels are missing/);
    }
    using shards = open(parts);
    for (let k = 1; k < 3; k++) shards.append(shardOf(k));
    assert.deepEqual(bytesOf(parts), bytesOf(whole));
  }));

Deno.test("openFakeShards() takes fakes without ratios", () =>
  withFolder((folder) => {
    using shards = open(folder);
    for (let k = 0; k < 3; k++) {
      const { label, bytes, shape } = shardOf(k);
      shards.append({ label, bytes, shape });
    }
    using pool = shards.finish();
    assert.equal(pool.set.images.count, 12);
    assert.deepEqual(Object.keys(pool).sort(), ["close", "set"]);
  }));

Deno.test("openFakeShards() refuses another pool's folder, other labels and other numbers", () =>
  withFolder((folder) => {
    {
      using shards = open(folder);
      assert.throws(() => shards.append(shardOf(1)), {
        name: "RangeError",
        message: "Cannot add fakes of label 20: want 0.1",
      });
      assert.throws(() => shards.append({ ...shardOf(0), bytes: new Uint8Array(18) }), {
        name: "RangeError",
        message: "Cannot add fakes of label 0.1: found 3 of 2 x 1 x 3, want 4 of 2 x 1 x 3",
      });
      shards.append(shardOf(0));
      shards.close();
      assert.throws(() => shards.append(shardOf(1)), /the pool is closed/);
    }
    for (const change of [{ identity: "other" }, { perLabel: 5 }, { labels: [20, 40] }]) {
      assert.throws(() => open(folder, change), {
        name: "RangeError",
        message:
          `Cannot continue the pool "${folder}": it holds fakes of another generator, other ` +
          "labels or another number for each label; delete the folder to start again",
      });
    }
    Deno.truncateSync(join(folder, "images.u8"), 5);
    assert.throws(() => open(folder), {
      name: "RangeError",
      message:
        `Cannot continue the pool "${folder}": its index promises 24 bytes in "images.u8", found ` +
        "5; delete the folder to start again",
    });
    assert.throws(() => open(folder, { labels: [] }), {
      message: "Cannot write fake images: found no labels, want at least one",
    });
  }));

/** Writes a finished pool. */
function writePool(folder: string): void {
  using shards = open(folder);
  for (let k = 0; k < 3; k++) shards.append(shardOf(k));
}

const openFinished = (folder: string) => openFinishedPool({ ...POOL, folder });

Deno.test("openFinishedPool() refuses any byte that changed, and names label and folder", () =>
  withFolder((folder) => {
    writePool(folder);
    openFinished(folder).close();
    const names = { "images.u8": 30, "draws.i32": 20, "ratios.f32": 26 };
    for (const [name, place] of Object.entries(names)) {
      const path = join(folder, name);
      const bytes = Deno.readFileSync(path);
      const damaged = bytes.slice();
      damaged[place]! ^= 1;
      Deno.writeFileSync(path, damaged);
      assert.throws(
        () => openFinished(folder),
        (error: Error) =>
          error instanceof SyntaxError && error.message.includes(`the pool "${folder}"`) &&
          /found checksum \w+ of label 20, want \w+; delete the folder/.test(error.message),
      );
      Deno.writeFileSync(path, bytes);
    }
    const index = join(folder, "index.jsonl");
    const text = Deno.readTextFileSync(index);
    Deno.writeTextFileSync(index, text.replace('"greatestRatio":3', '"greatestRatio":4'));
    assert.throws(() => openFinished(folder), /found checksum \w+ of label 0\.1/);
  }));

Deno.test("openFinishedPool() refuses lines of another shape, and other labels or sides", () =>
  withFolder((folder) => {
    writePool(folder);
    const index = join(folder, "index.jsonl");
    const lines = Deno.readTextFileSync(index).trimEnd().split("\n");
    const cases: [string, RegExp][] = [
      ["null", /found null, want Object/],
      ["[]", /found a list, want an object/],
      ["{}", /found no "label"/],
      ["{", /found no JSON/],
      [lines[2]!.replace('"accepted":4', '"accepted":-4'), /found -4 at "accepted"/],
      [lines[1]!, /found label 0\.1\d* of 2 x 1 x 3, want 20 of/],
      [lines[2]!.replace('"width":1', '"width":2'), /of 2 x 2 x 3, want 20 of 2 x 1 x 3/],
    ];
    for (const [line, finding] of cases) {
      Deno.writeTextFileSync(index, [...lines.slice(0, 2), line, lines[3], ""].join("\n"));
      assert.throws(
        () => openFinished(folder),
        (error: Error) =>
          error instanceof SyntaxError && finding.test(error.message) &&
          error.message.includes(`(line 3 of "${index}")`),
        line,
      );
    }
    Deno.writeTextFileSync(index, [...lines, lines[3], ""].join("\n"));
    assert.throws(() => openFinished(folder), /found label 40\.\d+ of .*, want no more labels/);
  }));

Deno.test("openFinishedPool() takes labels of an older version without checksums, and says so", () =>
  withFolder((folder) => {
    writePool(folder);
    using whole = openFinished(folder);
    assert.equal(whole.lacksChecksums, undefined);
    const index = join(folder, "index.jsonl");
    const text = Deno.readTextFileSync(index);
    Deno.writeTextFileSync(index, text.replace(/,"crc32":"\w+"/, ""));
    using mixed = openFinished(folder);
    assert.equal(mixed.lacksChecksums, true);
    assert.deepEqual([...mixed.drawnRatios!], [...whole.drawnRatios!]);
  }));

Deno.test("openFinishedPool() reads without a right to write", () =>
  withFolder(async (folder) => {
    writePool(folder);
    const look = `
      import { openFinishedPool } from ${libFile("synthesis/pool/shards.ts")};
      console.log(openFinishedPool(${JSON.stringify({ ...POOL, folder })}).set.images.count);`;
    assert.equal(await evaluate(look, { denyWrite: folder }), "12");
  }));

Deno.test("openFakeShards() says what to do where the folder cannot be written", () =>
  withFolder((folder) => {
    // The images' name is taken by a folder: what was opened before is closed again.
    Deno.mkdirSync(join(folder, "pool", "images.u8"), { recursive: true });
    assert.throws(
      () => open(join(folder, "pool")),
      /^Error: Cannot write fakes to ".*pool": .*; free disk space or check the folder's permissions/,
    );
  }));
