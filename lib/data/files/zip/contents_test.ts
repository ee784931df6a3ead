import assert from "node:assert/strict";
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import { openZip } from "../archive.ts";

const encoder = new TextEncoder();

/** A zip of texts, written by the library. */
async function zipOf(
  files: Readonly<Record<string, string>>,
  options: ConstructorParameters<typeof ZipWriter>[1] = {},
  comment?: string,
): Promise<Uint8Array> {
  const zip = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false, ...options });
  for (const [name, text] of Object.entries(files)) {
    await zip.add(name, new Uint8ArrayReader(encoder.encode(text)));
  }
  return await zip.close(comment === undefined ? undefined : encoder.encode(comment));
}

/** What a zip holds, by name; opened from a file. */
async function contentsOf(bytes: Uint8Array): Promise<Record<string, string>> {
  const path = await Deno.makeTempFile({ suffix: ".zip" });
  try {
    await Deno.writeFile(path, bytes);
    using archive = openZip(path);
    const found: Record<string, string> = {};
    for (const name of archive.files.keys()) {
      found[name] = new TextDecoder().decode(await archive.read(name));
    }
    return found;
  } finally {
    await Deno.remove(path);
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Place of the last record with a signature. */
function lastOf(bytes: Uint8Array, signature: readonly number[]): number {
  return bytes.findLastIndex((_, i) => signature.every((value, k) => bytes[i + k] === value));
}

const FILES = { "a/b.txt": "some words, some words, some words", "c.txt": "" };

Deno.test("a zip is read whatever wrote it: deflated or stored, with a comment, large records, bytes before it", async () => {
  assert.deepEqual(await contentsOf(await zipOf(FILES)), FILES);
  assert.deepEqual(await contentsOf(await zipOf(FILES, { level: 0 })), FILES);
  assert.deepEqual(await contentsOf(await zipOf(FILES, {}, "a comment")), FILES);
  const large = await zipOf(FILES, { zip64: true });
  // The record that only large zips have.
  assert.ok(lastOf(large, [0x50, 0x4b, 6, 6]) > 0);
  assert.deepEqual(await contentsOf(large), FILES);
  for (const zip of [await zipOf(FILES), large]) {
    assert.deepEqual(await contentsOf(joined([encoder.encode("#!/bin/sh\n"), zip])), FILES);
  }
  assert.deepEqual(await contentsOf(await zipOf({})), {});
});

Deno.test("a zip of more entries than 16 bits count is read where their number is cut to 16 bits", async () => {
  const bytes = manyEmpty(0x10000 + 2);
  const path = await Deno.makeTempFile({ suffix: ".zip" });
  try {
    await Deno.writeFile(path, bytes);
    using archive = openZip(path);
    assert.equal(archive.files.size, 0x10000 + 2);
    assert.equal((await archive.read("65537")).length, 0);
  } finally {
    await Deno.remove(path);
  }
});

/** A zip of empty files called by their number. */
function manyEmpty(count: number): Uint8Array {
  const locals: Uint8Array[] = [];
  const list: Uint8Array[] = [];
  let offset = 0;
  for (let i = 0; i < count; i++) {
    const name = encoder.encode(`${i}`);
    const local = new Uint8Array(30 + name.length);
    new DataView(local.buffer).setUint32(0, 0x04034b50, true);
    new DataView(local.buffer).setUint16(26, name.length, true);
    local.set(name, 30);
    const entry = new Uint8Array(46 + name.length);
    const view = new DataView(entry.buffer);
    view.setUint32(0, 0x02014b50, true);
    view.setUint16(28, name.length, true);
    view.setUint32(42, offset, true);
    entry.set(name, 46);
    locals.push(local);
    list.push(entry);
    offset += local.length;
  }
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(10, count % 0x10000, true);
  view.setUint32(12, list.reduce((sum, { length }) => sum + length, 0), true);
  view.setUint32(16, offset, true);
  return joined([...locals, ...list, end]);
}

Deno.test("names of a zip are read as UTF-8 without a flag, by their own field, and in code page 437", async () => {
  const name = "Zoë/café.txt";
  // As macOS writes them: UTF-8, and no flag that says so.
  const unflagged = await zipOf({ [name]: "x" }, { useUnicodeFileNames: false });
  const withoutField = await zipOf({ [name]: "x" }, {
    useUnicodeFileNames: false,
    encodeText: (text) => encoder.encode(text),
  });
  for (const zip of [unflagged, withoutField]) {
    assert.deepEqual(Object.keys(await contentsOf(zip)), [name]);
  }
  // "Zo\x89/caf\x82.txt" of MS-DOS.
  const dos = (text: string) =>
    Uint8Array.from(text, (letter) => ({ ë: 0x89, é: 0x82 })[letter] ?? letter.charCodeAt(0));
  const old = await zipOf({ [name]: "x" }, { useUnicodeFileNames: false, encodeText: dos });
  assert.deepEqual(Object.keys(await contentsOf(old)), [name]);
});

Deno.test("a zip that is cut short anywhere is refused, and says so", async () => {
  const whole = await zipOf(FILES);
  for (let length = 0; length < whole.length; length++) {
    await assert.rejects(contentsOf(whole.subarray(0, length)), {
      name: "SyntaxError",
      message:
        /no list of contents at its end, as one that is cut short; want a whole zip: get the file again/,
    });
  }
  // Cut at the front.
  await assert.rejects(contentsOf(whole.subarray(5)), {
    name: "SyntaxError",
    message: /should end at byte \d+, not \d+/,
  });
});

Deno.test("a damaged list of contents is refused", async () => {
  const whole = await zipOf(FILES);
  const changed = (at: number, value: number) => {
    const bytes = whole.slice();
    bytes[at] = value;
    return bytes;
  };
  const [entry, end] = [lastOf(whole, [0x50, 0x4b, 1, 2]), lastOf(whole, [0x50, 0x4b, 5, 6])];
  await assert.rejects(contentsOf(changed(entry, 0)), /damaged after 1 entries/);
  await assert.rejects(contentsOf(changed(entry + 29, 0xff)), /damaged after 1 entries/);
  await assert.rejects(contentsOf(changed(end + 10, 3)), /has 2 entries, not 3/);
  await assert.rejects(contentsOf(changed(end + 15, 0x7f)), /should end at byte/);
});

Deno.test("a zip with an entry that leads out of it is refused, and named", async () => {
  // Written under a harmless name of the same length, since the library refuses some of these itself.
  for (const name of ["/etc/passwd", "..\\..\\a.txt", "a/../../b.tx", "C:\\a\\b.txt"]) {
    const plain = "x".repeat(name.length);
    const bytes = await zipOf({ [plain]: "x" });
    const from = encoder.encode(plain);
    for (let at = 0; at + from.length <= bytes.length; at++) {
      if (from.every((value, k) => bytes[at + k] === value)) bytes.set(encoder.encode(name), at);
    }
    await assert.rejects(contentsOf(bytes), (error: Error) => {
      assert.equal(error.name, "SyntaxError");
      assert.ok(error.message.includes(`its entry "${name}" leads out of it`), error.message);
      return true;
    });
  }
});
