import assert from "node:assert/strict";
import { TOY_CLASSES } from "../testing/distill.ts";
import { predictionsTable } from "./predictions_table.ts";

const student = { task: TOY_CLASSES, title: "VGG11", imageSize: 32, id: "student-1" };

Deno.test("predictionsTable() has a row for each file that was read, and is none where none was", () => {
  const failed = { file: "b.png", failure: "Cannot read" };
  const table = predictionsTable(student, [
    { file: "a.png", label: "cat", probability: 0.75 },
    failed,
  ]);
  const text = table!.toText();
  assert.match(text, /a\.png +cat +0\.750/);
  assert.doesNotMatch(text, /b\.png/);
  assert.equal(predictionsTable(student, [failed]), undefined);
});
