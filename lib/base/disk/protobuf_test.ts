import assert from "node:assert/strict";
import { Message } from "./protobuf.ts";

const hex = (bytes: Uint8Array) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");

Deno.test("Message has the bytes of the examples of protobuf.dev", () => {
  assert.equal(hex(new Message().int(1, 150).encode()), "08 96 01");
  assert.equal(hex(new Message().text(2, "testing").encode()), "12 07 74 65 73 74 69 6e 67");
  const inner = new Message().int(1, 150);
  assert.equal(hex(new Message().messages(3, inner).encode()), "1a 03 08 96 01");
  assert.equal(hex(new Message().ints(6, [3, 270, 86942]).encode()), "32 06 03 8e 02 9e a7 05");
  assert.equal(hex(new Message().int(1, -2).encode()), "08 fe ff ff ff ff ff ff ff ff 01");
});

Deno.test("Message writes numbers of 32 and 64 bits in little endian, and leaves out what is undefined", () => {
  assert.equal(hex(new Message().float(2, 1.5).encode()), "15 00 00 c0 3f");
  assert.equal(hex(new Message().double(1, -2).encode()), "09 00 00 00 00 00 00 00 c0");
  assert.equal(hex(new Message().int(1, undefined).text(2, undefined).int(1, 0).encode()), "08 00");
});
