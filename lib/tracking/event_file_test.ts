import assert from "node:assert/strict";
import { join } from "../base/disk/path.ts";
import { crc32c, maskedCrc32c } from "./crc32c.ts";
import { appendToEventFile, eventsOf, scalarRecord, versionRecord } from "./event_file.ts";

Deno.test("crc32c() has the checksums of RFC 3720, B.4", () => {
  const sums = [
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(255), 0x62a8ab43],
    [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    [Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    [new TextEncoder().encode("123456789"), 0xe3069283],
  ] as const;
  for (const [bytes, sum] of sums) assert.equal(crc32c(bytes), sum);
  // Turned by 15 bits and shifted: tensorflow/core/lib/hash/crc32c.h.
  assert.equal(maskedCrc32c(new TextEncoder().encode("123456789")), 0xc78ab0e5);
});

Deno.test("records have the bytes that TensorBoard 2.21 itself writes", () => {
  assert.equal(
    versionRecord(1_500_000_000_000).toHex(),
    "1800000000000000a37f4b2209000000c00b5ad6411a0d627261696e2e4576656e743a324ca9a464",
  );
  assert.equal(
    scalarRecord({ step: 300, time: 1_500_000_000_500, scalars: { loss: 0.5, test: 37.75 } })
      .toHex(),
    "2800000000000000ff70164a09000020c00b5ad64110ac022a1a0a0b0a046c6f7373150000003f0a0b0a0474657374150000174253f9f524",
  );
});

Deno.test("appendToEventFile() begins a file once, and one step a record follows", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "a", "events.out.tfevents.1.x.1");
    const events = eventsOf([{ step: 20, loss: 1 }, { step: 40, loss: 0.5 }], () => 1000);
    appendToEventFile(path, []);
    appendToEventFile(path, events.slice(0, 1));
    appendToEventFile(path, events.slice(1));
    const want = [versionRecord(1000), ...events.map(scalarRecord)].map((part) => part.toHex());
    assert.equal((await Deno.readFile(path)).toHex(), want.join(""));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
