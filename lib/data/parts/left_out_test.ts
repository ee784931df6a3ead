import assert from "node:assert/strict";
import { leftOutLines } from "./left_out.ts";

Deno.test("leftOutLines() counts files by rule with some names, and names classes without images", () => {
  const file = (name: string) => ({ name, detail: "" });
  assert.deepEqual(
    leftOutLines({
      counted: "files",
      found: 17,
      kept: 12,
      skipped: [
        { rule: "no class", reason: "", files: [] },
        { rule: "not an image", reason: "", files: ["a", "b", "c", "d"].map(file) },
        { rule: "undecodable", reason: "", files: [file("e.png")] },
      ],
      remarks: [
        { what: 'class "fox"', images: 0, remark: "has no images: left out" },
        { what: "near copies", images: 2, remark: "kept" },
      ],
    }),
    [
      '4 of 17 files left out (not an image): "a", "b", "c", ...',
      '1 of 17 files left out (undecodable): "e.png"',
      'class "fox" has no images: left out',
    ],
  );
  assert.deepEqual(leftOutLines("none"), []);
});
