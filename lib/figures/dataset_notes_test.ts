import assert from "node:assert/strict";
import type { Inspection } from "../base/contracts.ts";
import { toyAngles } from "../data/toy/angles.ts";
import { datasetNotes } from "./dataset_notes.ts";

Deno.test("datasetNotes() tells sizes, labels, source and checksum", () => {
  const dataset = toyAngles({ angles: 5, perAngle: 4, testPerAngle: 2, size: 16 });
  const table = datasetNotes({ dataset });
  assert.deepEqual(table.rows.map(({ what, images }) => [what, images]), [
    ["training", 12],
    ["test", 10],
    ["sub-training, validation", 12],
  ]);
  assert.match(table.toText(), /3 labels from 1 to 89 degrees; 16 x 16 pixels/);
  assert.ok(table.notes.some((note) => note.includes(dataset.checksum)));
});

Deno.test("datasetNotes() tells what a loader skipped and why, with names", () => {
  const files = Array.from({ length: 4 }, (_, i) => ({
    name: `${i}.jpg`,
    detail: i === 0 ? "cut short" : "",
  }));
  const inspection: Inspection = {
    counted: "files",
    found: 20,
    kept: 16,
    skipped: [
      { rule: "undecodable", reason: "not a whole image", files },
      { rule: "wrong size", reason: "not 16 x 16", files: [] },
    ],
    remarks: [{ what: "near copies", images: 2, remark: "kept in one part" }],
  };
  const dataset = { ...toyAngles({ angles: 3, perAngle: 4, size: 16 }), inspection, originals: 5 };
  const rows = datasetNotes({ dataset }).rows.map((row) => Object.values(row));
  assert.deepEqual(rows.slice(3), [
    ["sub-training, validation", 8, rows[3]![2], undefined],
    ["files found", 20, "", ""],
    ["skipped: undecodable", 4, "not a whole image", "0.jpg (cut short), 1.jpg, 2.jpg, …"],
    ["skipped: wrong size", 0, "not 16 x 16", ""],
    ["kept", 16, "", ""],
    ["of these: near copies", 2, "kept in one part", ""],
  ]);
  assert.deepEqual(rows[1]!.slice(0, 2), ["of these: repeated", 3]);
});
