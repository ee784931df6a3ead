import assert from "node:assert/strict";
import { SKIP_RULES } from "../data/utkface/file_names.ts";
import type { UtkfaceInspection } from "../data/utkface/inspection.ts";
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

Deno.test("datasetNotes() counts skipped faces by rule, with names", () => {
  const counts = Object.fromEntries(SKIP_RULES.map((rule) => [rule, 0]));
  const skipped = Array.from({ length: 4 }, (_, i) => ({
    name: `${i}.jpg`,
    rule: "undecodable" as const,
    detail: i === 0 ? "cut short" : "",
  }));
  const inspection: UtkfaceInspection = {
    origin: "folder",
    found: 20,
    kept: 16,
    skipped,
    counts: { ...counts, undecodable: 4 } as UtkfaceInspection["counts"],
    nearCopies: { groups: 0, images: 0, withDifferentAges: 0 },
    testImagesInTrain: 0,
    oddDates: [],
  };
  const dataset = { ...toyAngles({ angles: 3, perAngle: 4, size: 16 }), inspection, originals: 5 };
  const rows = new Map(datasetNotes({ dataset }).rows.map((row) => [row["what"], row]));
  assert.equal(rows.get("files found")?.["images"], 20);
  assert.equal(rows.get("of these: repeated")?.["images"], 3);
  const { images, examples } = rows.get("skipped: undecodable")!;
  assert.deepEqual([images, examples], [4, "0.jpg (cut short), 1.jpg, 2.jpg, …"]);
  assert.equal(rows.get("skipped: wrong size")?.["examples"], "");
});
