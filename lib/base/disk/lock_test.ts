import assert from "node:assert/strict";
import { takeLock } from "./lock.ts";
import { join } from "./path.ts";

async function inFolder(work: (path: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await work(join(folder, "lock"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A process that has the lock until it is killed. */
async function holding(path: string, what: string) {
  const code = `
    import { takeLock } from ${JSON.stringify(import.meta.resolve("./lock.ts"))};
    await takeLock(${JSON.stringify(path)}, { what: ${JSON.stringify(what)} });
    console.log("held");
    setTimeout(() => {}, 60_000);`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--ext=ts", code],
    cwd: join(import.meta.dirname!, "..", "..", ".."),
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  return {
    pid: child.pid,
    async kill() {
      child.kill("SIGKILL");
      await reader.cancel();
      await child.status;
    },
  };
}

Deno.test("takeLock() says for whom it waits, and takes over when that process is killed", () =>
  inFolder(async (path) => {
    const holder = await holding(path, "cGAN BigGAN on C-10K");
    const told: string[] = [];
    const taking = takeLock(path, { what: "mine", onWait: (text) => told.push(text) });
    while (told.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await holder.kill();
    using _lock = await taking;
    assert.equal(told.length, 1);
    assert.match(
      told[0]!,
      new RegExp(`^process ${holder.pid}, at work on cGAN BigGAN on C-10K since \\d\\d:\\d\\d$`),
    );
  }));

Deno.test("takeLock() ends its waiting with the signal's reason, and leaves the lock to its holder", () =>
  inFolder(async (path) => {
    const controller = new AbortController();
    const first = await takeLock(path, { what: "first" });
    const second = takeLock(path, {
      what: "second",
      signal: controller.signal,
      onWait: () => controller.abort(new Error("stopped by the user")),
    });
    await assert.rejects(second, /stopped by the user/);
    first[Symbol.dispose]();
    using _third = await takeLock(path, { what: "third" });
    assert.match(await Deno.readTextFile(path), /"third"/);
  }));

Deno.test("takeLock() names the file that it cannot write", async () => {
  const path = join(await Deno.makeTempDir(), "missing", "lock");
  await assert.rejects(takeLock(path, { what: "x" }), /^Error: Cannot write ".*lock": /);
});
