import assert from "node:assert/strict";
import { join } from "../base/disk/path.ts";
import { rngOf } from "../base/rng.ts";
import { evaluate, libFile } from "../testing/processes.ts";
import type { DiskFaults } from "./fragile_disk.ts";
import { inFolder } from "./siege.ts";
import { UnflushedWrites } from "./unflushed_writes.ts";

/** A process on a bad disk that writes four bytes under another name, renames them, and appends two. */
function write(folder: string, faults: DiskFaults, flush = true): Promise<string> {
  return evaluate(`
    import { watchDisk } from ${libFile("torture/fragile_disk.ts")};
    const folder = ${JSON.stringify(folder)};
    const disk = watchDisk(folder, ${JSON.stringify(faults)});
    const file = await Deno.open(folder + "/new", { write: true, createNew: true });
    await file.write(new Uint8Array([1, 2, 3, 4]));
    if (${flush}) await file.sync();
    await Deno.rename(folder + "/new", folder + "/name");
    const place = await Deno.open(folder);
    if (${flush}) await place.sync();
    await Deno.writeFile(folder + "/name", new Uint8Array([5, 6]), { append: true });
    console.log(disk.operations);`);
}

const bytesOf = (folder: string, name: string) =>
  Deno.readFile(join(folder, name)).then((bytes) => [...bytes], () => undefined);

Deno.test("watchDisk() counts what changes a folder, and dies before, in and after it", () =>
  inFolder(async (folder) => {
    // Open, write, flush, rename, flush, open, write.
    assert.equal(await write(folder, {}), "7");
    const cases = [
      [2, "before", "new", []],
      [2, "during", "new", [1, 2]],
      [2, "after", "new", [1, 2, 3, 4]],
      [4, "before", "new", [1, 2, 3, 4]],
      [4, "after", "name", [1, 2, 3, 4]],
      [7, "during", "name", [1, 2, 3, 4, 5]],
    ] as const;
    for (const [operation, when, name, bytes] of cases) {
      for await (const entry of Deno.readDir(folder)) await Deno.remove(join(folder, entry.name));
      await assert.rejects(
        write(folder, { death: { operation, when } }),
        new RegExp(`died ${when} operation ${operation}: \\w+ .*/(?:new|name)`),
      );
      assert.deepEqual(await bytesOf(folder, name), bytes);
    }
  }));

Deno.test("watchDisk() is full after so many bytes", () =>
  inFolder(async (folder) => {
    await assert.rejects(write(folder, { capacity: 5 }), /No space left on device/);
    assert.deepEqual(await bytesOf(folder, "name"), [1, 2, 3, 4]);
  }));

Deno.test("a loss of power takes what was not flushed, and nothing that was", () =>
  inFolder(async (folder) => {
    const left = new Set<string>();
    for (let powerSeed = 0; powerSeed < 8; powerSeed++) {
      const death = { operation: 7, when: "before", powerSeed } as const;
      await assert.rejects(write(folder, { death }), /died/);
      assert.deepEqual(await bytesOf(folder, "name"), [1, 2, 3, 4]);
      for (const name of ["new", "name"]) {
        await Deno.remove(join(folder, name)).catch(() => {});
      }
      const sooner = { operation: 5, when: "before", powerSeed } as const;
      await assert.rejects(write(folder, { death: sooner }, false), /died/);
      const files = [await bytesOf(folder, "name"), await bytesOf(folder, "new")];
      left.add(JSON.stringify(files));
      for (const name of ["new", "name"]) {
        await Deno.remove(join(folder, name)).catch(() => {});
      }
    }
    // Kept, zeroed in one half, cut off; or without its name.
    assert.ok(left.size >= 3, [...left].join(" "));
  }));

Deno.test("UnflushedWrites keeps the flushed beginning of a file that is appended to", () =>
  inFolder(async (folder) => {
    const path = join(folder, "index");
    for (let seed = 0; seed < 12; seed++) {
      const unflushed = new UnflushedWrites();
      await Deno.writeFile(path, new Uint8Array(10).fill(1));
      unflushed.written(path);
      unflushed.flushed(path);
      unflushed.written(path);
      await Deno.writeFile(path, new Uint8Array(10).fill(2), { append: true });
      unflushed.lose(rngOf(seed));
      const bytes = await bytesOf(folder, "index");
      assert.deepEqual(bytes!.slice(0, 10), new Array(10).fill(1));
    }
  }));
