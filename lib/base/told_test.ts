import assert from "node:assert/strict";
import { isForUser } from "./told.ts";

Deno.test("isForUser() tells what a user can mend from faults of ours", () => {
  const told = [
    new RangeError("Cannot use rho = 2: want a number in (0, 1]"),
    new Deno.errors.NotFound("Cannot find UTKFace: found no folder"),
    new Error("Cannot write: the disk is full"),
  ];
  for (const error of told) assert.equal(isForUser(error), true, error.message);
  for (const error of [new Error("unreachable"), new Deno.errors.BadResource("bad resource")]) {
    assert.equal(isForUser(error), false, error.message);
  }
  const before = Deno.env.get("CGAN_KD_DEBUG");
  Deno.env.set("CGAN_KD_DEBUG", "1");
  try {
    assert.equal(isForUser(told[0]!), false);
  } finally {
    if (before === undefined) Deno.env.delete("CGAN_KD_DEBUG");
    else Deno.env.set("CGAN_KD_DEBUG", before);
  }
});
