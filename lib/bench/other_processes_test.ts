import assert from "node:assert/strict";
import { busyTicks, othersBetween, processTicks } from "./other_processes.ts";

Deno.test("busyTicks() adds up what was worked, idle and waiting left out", () => {
  const stat = "cpu  100 20 30 9999 8888 4 5 6 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n";
  assert.equal(busyTicks(stat), 165);
});

Deno.test("processTicks() reads past a name with spaces and parentheses", () => {
  const stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 1 2 3 4 10 20 3 4 20 0 1 0 5";
  assert.equal(processTicks(stat), 37);
});

Deno.test("othersBetween() is what neither measured process took, in processors", () => {
  const from = { machine: 10, own: 5, clock: 100 };
  assert.equal(othersBetween(from, { machine: 14, own: 8, clock: 102 }), 0.5);
  assert.equal(othersBetween(from, { machine: 12, own: 7.1, clock: 102 }), 0);
});
