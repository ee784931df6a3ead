import assert from "node:assert/strict";
import { thinRows } from "./rows.ts";

Deno.test("thinRows() keeps the first and the last row", () => {
  const rows = Array.from({ length: 1001 }, (_, index) => index);
  assert.deepEqual(thinRows(rows, 5), [0, 250, 500, 750, 1000]);
  assert.deepEqual(thinRows([1, 2], 5), [1, 2]);
});
