import assert from "node:assert/strict";
import { leftOutLines } from "./left_out.ts";

Deno.test("leftOutLines() counts files by rule with some names, and names classes without images", () => {
  const file = (name: string) => ({ name, detail: "" });
  assert.deepEqual(
    leftOutLines({
      counted: "files",
      found: 27,
      kept: 14,
      skipped: [
        { rule: "no class", reason: "", files: [] },
        { rule: "not an image", reason: "", files: [..."abcdefghijkl"].map(file) },
        { rule: "undecodable", reason: "", files: [{ name: "e.png", detail: "it is empty" }] },
      ],
      remarks: [
        { what: 'class "fox"', images: 0, remark: "has no images: left out" },
        { what: "near copies", images: 2, remark: "kept" },
      ],
    }),
    [
      '12 of 27 files left out (not an image): "a", "b", "c", "d", "e", ...',
      '1 of 27 files left out (undecodable): "e.png" (it is empty)',
      'class "fox" has no images: left out',
    ],
  );
  assert.deepEqual(leftOutLines("none"), []);
});
