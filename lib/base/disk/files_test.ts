import assert from "node:assert/strict";
import { hostname } from "node:os";
import * as v from "valibot";
import {
  AnyObject,
  cannotWrite,
  Count,
  Crc32,
  FiniteNumber,
  isForbiddenWrite,
  parseAs,
  readIfFit,
  removeLeavings,
  temporaryName,
  writeTextAtomically,
} from "./files.ts";
import { basename, join } from "./path.ts";

async function inFolder(work: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

/** A process of this machine that has ended. */
async function endedProcess(): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), { args: ["--version"], stdout: "null" }).spawn();
  await child.status;
  return child.pid;
}

// The check value of CRC-32 (ISO-HDLC) is that of "123456789".
Deno.test("Crc32 gives the check value of its definition, in parts as in one", () => {
  assert.equal(new Crc32().update("123456789").digest(), "cbf43926");
  const parts = new Crc32().update("1234").update(new TextEncoder().encode("56789"));
  assert.equal(parts.digest(), "cbf43926");
  assert.equal(new Crc32().digest(), "00000000");
});

Deno.test("removeLeavings() takes what writers that are gone left, and nothing else", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.json");
    const own = basename(temporaryName(path));
    const mark = own.slice("a.json.".length, own.indexOf(`-${Deno.pid}-`));
    const gone = `a.json.${mark}-${await endedProcess()}-00000001.tmp`;
    const elsewhere = { young: "a.json.far-1-00000002.tmp", old: "b.json.far-1-00000003.tmp" };
    const unsigned = { young: "a.json.00000004.tmp", old: "a.json.00000005.tmp" };
    const others = ["a.json", "notes.tmp", "tmp"];
    const all = [own, gone, ...Object.values(elsewhere), ...Object.values(unsigned), ...others];
    for (const name of all) await Deno.writeTextFile(join(folder, name), "half");
    for (const name of [elsewhere.old, unsigned.old]) await Deno.utime(join(folder, name), 0, 0);

    removeLeavings(folder, { path });
    const kept = [own, elsewhere.young, unsigned.young, ...others];
    assert.deepEqual(namesIn(folder), [...kept, elsewhere.old].sort());
    removeLeavings(folder);
    assert.deepEqual(namesIn(folder), kept.sort());
    removeLeavings(folder, { all: true });
    assert.deepEqual(namesIn(folder), others.sort());
  }));

Deno.test("writeTextAtomically() removes what a killed writer of the same file left", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.json");
    const code = `
      import { writeAtomically } from ${JSON.stringify(import.meta.resolve("./files.ts"))};
      const rename = Deno.rename;
      Deno.rename = () => { console.log("written"); return new Promise(() => setTimeout(() => {}, 60_000)); };
      await writeAtomically(${JSON.stringify(path)}, [Uint8Array.of(1)]);`;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--ext=ts", code],
      cwd: join(import.meta.dirname!, "..", "..", ".."),
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    child.kill("SIGKILL");
    await reader.cancel();
    await child.status;
    assert.match(namesIn(folder).join(), /^a\.json\.\w+-\d+-[0-9a-f]{8}\.tmp$/);
    await writeTextAtomically(path, "whole");
    assert.deepEqual(namesIn(folder), ["a.json"]);
  }));

Deno.test("writeTextAtomically() makes a folder again that someone removed", () =>
  inFolder(async (folder) => {
    const path = join(folder, "training", "checkpoint.json");
    await writeTextAtomically(path, "1");
    await Deno.remove(join(folder, "training"), { recursive: true });
    await writeTextAtomically(path, "2");
    assert.equal(await Deno.readTextFile(path), "2");
  }));

Deno.test("temporaryName() names host and process in characters that any file name may hold", () => {
  const name = basename(temporaryName("/x/a.json"));
  assert.match(name, new RegExp(`^a\\.json\\.\\w+-${Deno.pid}-[0-9a-f]{8}\\.tmp$`));
  assert.ok(hostname() === "" || name.includes(hostname()[0]!.replace(/[^A-Za-z0-9]/, "_")));
});

const Pair = v.strictObject({ step: Count, loss: FiniteNumber });
const PURPOSE = { task: 'read "a.json"', remedy: "delete it" };

Deno.test("parseAs() says what was found, where, and what is wanted", () => {
  assert.deepEqual(parseAs(Pair, '{"step":1,"loss":0.5}', PURPOSE), { step: 1, loss: 0.5 });
  const cases: [string, RegExp][] = [
    ["{", /^Cannot read "a\.json": found no JSON \(.*\); delete it$/],
    ["null", /^Cannot read "a\.json": found null, want Object; delete it$/],
    ["[]", /^Cannot read "a\.json": found a list, want an object; delete it$/],
    ["{}", /^Cannot read "a\.json": found no "step"; delete it$/],
    ['{"step":1,"loss":null}', /found null at "loss", want number/],
    ['{"step":1.5,"loss":0}', /found 1\.5 at "step", want a whole number/],
    ['{"step":-1,"loss":0}', /found -1 at "step", want a number of at least 0/],
    ['{"step":1,"loss":1e999}', /found Infinity at "loss", want a finite number/],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => parseAs(Pair, text, PURPOSE), { name: "SyntaxError", message });
  }
});

Deno.test("readIfFit() gives nothing of a file that is missing or holds something else", () =>
  inFolder(async (folder) => {
    const path = join(folder, "stamp.json");
    assert.equal(await readIfFit(Pair, path), undefined);
    for (const text of ["", "null", "[]", "{}"]) {
      await Deno.writeTextFile(path, text);
      assert.equal(await readIfFit(Pair, path), undefined);
    }
    await Deno.writeTextFile(path, '{"step":1,"loss":2}');
    assert.deepEqual(await readIfFit(Pair, path), { step: 1, loss: 2 });
  }));

Deno.test("parseAs() refuses a number that is too large for a double, wherever it stands", () => {
  assert.throws(() => parseAs(AnyObject, '{"more":[{"a":-1e999}]}', PURPOSE), {
    name: "SyntaxError",
    message: 'Cannot read "a.json": found more[0].a = -Infinity, want finite numbers; delete it',
  });
});

Deno.test("isForbiddenWrite() tells a place where nobody may write from a full disk", () => {
  const of = (cause: Error) => isForbiddenWrite(cannotWrite("a.json", cause));
  assert.ok(of(new Deno.errors.NotCapable("Requires write access")));
  assert.ok(of(new Deno.errors.PermissionDenied("Permission denied (os error 13)")));
  assert.ok(of(new Error("Read-only file system (os error 30)")));
  assert.ok(!of(new Error("No space left on device (os error 28)")));
  assert.ok(!isForbiddenWrite(new Error("Cannot write")));
});
