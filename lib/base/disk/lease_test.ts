import assert from "node:assert/strict";
import { hostname } from "node:os";
import { evaluate, libFile } from "../../testing/processes.ts";
import { takeLease } from "./lease.ts";
import { takeLock } from "./lock.ts";
import { join } from "./path.ts";

async function inFolder(work: (path: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await work(join(folder, "lock.lease"));
    assert.deepEqual([...Deno.readDirSync(folder)].filter(({ name }) => name !== "lock"), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const unheld = () => Promise.reject(new Error("held"));

Deno.test("takeLease() gives a lease to one at a time, and to the next when it is given back", () =>
  inFolder(async (path) => {
    const first = await takeLease(path, { holder: { what: "first" }, onHeld: unheld });
    await assert.rejects(takeLease(path, { holder: {}, onHeld: unheld }), /held/);
    let waits = 0;
    const second = takeLease(path, {
      holder: { what: "second" },
      onHeld: () => {
        if (++waits === 2) first[Symbol.dispose]();
        return new Promise((resolve) => setTimeout(resolve, 5));
      },
    });
    using _lease = await second;
    assert.equal(waits, 2);
    assert.match(await Deno.readTextFile(path), /"second"/);
    // Given back twice, it stays with its next holder.
    first[Symbol.dispose]();
    await assert.rejects(takeLease(path, { holder: {}, onHeld: unheld }), /held/);
  }));

Deno.test("takeLease() takes over at once from a process of this machine that died", () =>
  inFolder(async (path) => {
    const code = `
      import { takeLease } from ${libFile("base/disk/lease.ts")};
      await takeLease(${JSON.stringify(path)}, { holder: {}, onHeld: () => Promise.reject() });
      console.log(Deno.pid);
      Deno.exit(0);`;
    const pid = Number(await evaluate(code));
    const { token, ...left } = JSON.parse(await Deno.readTextFile(path));
    assert.deepEqual(left, { pid, host: hostname() });
    assert.match(token, /^[0-9a-f-]{36}$/);
    const first = await takeLease(path, { holder: {}, onHeld: unheld });
    // A process that has the number of the dead one, as in containers, is another one.
    const mine = JSON.parse(await Deno.readTextFile(path));
    await Deno.writeTextFile(path, JSON.stringify({ ...mine, token: "of an earlier life" }));
    using _next = await takeLease(path, { holder: {}, onHeld: unheld });
    first[Symbol.dispose]();
  }));

Deno.test("takeLease() takes over from another machine only after a time without a renewal", () =>
  inFolder(async (path) => {
    const far = JSON.stringify({ pid: 1, host: "far", token: "far" });
    await Deno.writeTextFile(path, far);
    await assert.rejects(takeLease(path, { holder: {}, onHeld: unheld }), /held/);
    let waits = 0;
    const seen: number[] = [];
    using _lease = await takeLease(path, {
      holder: {},
      deadAfter: 60,
      async onHeld() {
        // Renewed for a while, at times that its machine's clock tells.
        if (++waits <= 5) await Deno.utime(path, 1000 + waits, 1000 + waits);
        seen.push(Date.now());
        await new Promise((resolve) => setTimeout(resolve, 15));
      },
    });
    assert.ok(waits > 5, `took over after ${waits} waits`);
    assert.ok(seen.at(-1)! - seen[4]! >= 30);
  }));

Deno.test("takeLease() lets waiters take a dead holder's lease over one after the other", () =>
  inFolder(async (path) => {
    const child = new Deno.Command(Deno.execPath(), { args: ["--version"], stdout: "null" })
      .spawn();
    await child.status;
    for (let round = 0; round < 20; round++) {
      const dead = { pid: child.pid, host: hostname(), token: `${round}` };
      await Deno.writeTextFile(path, JSON.stringify(dead));
      let holders = 0;
      await Promise.all(Array.from({ length: 4 }, async () => {
        using _lease = await takeLease(path, {
          holder: {},
          onHeld: () => new Promise((resolve) => setTimeout(resolve, 1)),
        });
        assert.equal(++holders, 1);
        await new Promise((resolve) => setTimeout(resolve, 3));
        holders--;
      }));
    }
  }));

Deno.test("takeLock() on a file system without locks says so, and waits all the same", () =>
  inFolder(async (lease) => {
    const path = lease.replace(/\.lease$/, "");
    const { tryLock } = Deno.FsFile.prototype;
    try {
      for (const number of [37, 38, 95]) {
        Deno.FsFile.prototype.tryLock = () =>
          Promise.reject(new Error(`No locks available (os error ${number})`));
        const told: string[] = [];
        const onWithoutLocks = (name: string) => told.push(name);
        const first = await takeLock(path, { what: "a cGAN", onWithoutLocks });
        const second = takeLock(path, {
          what: "the same",
          onWithoutLocks,
          onWait: (holder) => {
            told.push(holder);
            first[Symbol.dispose]();
          },
        });
        (await second)[Symbol.dispose]();
        assert.deepEqual(told.slice(0, 2), [path, path]);
        assert.match(told[2]!, new RegExp(`^process ${Deno.pid}, at work on a cGAN since `));
      }
      Deno.FsFile.prototype.tryLock = () => Promise.reject(new Error("(os error 5)"));
      await assert.rejects(takeLock(path, { what: "x" }), /os error 5/);
    } finally {
      Deno.FsFile.prototype.tryLock = tryLock;
    }
  }));
