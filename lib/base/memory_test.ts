import assert from "node:assert/strict";
import { forgetPeak, residentBytes } from "./memory.ts";

Deno.test({
  name: "residentBytes() sees a peak, and forgetPeak() forgets it",
  ignore: Deno.build.os !== "linux",
  fn() {
    forgetPeak();
    const idle = residentBytes("VmHWM")!;
    // Written to, so that its pages are there.
    const array = new Uint8Array(256e6).fill(1);
    const high = residentBytes("VmHWM")!;
    assert.equal(array.at(-1), 1);
    assert.ok(high - idle > 200e6 && high - idle < 400e6, `${idle}, ${high}`);
  },
});
