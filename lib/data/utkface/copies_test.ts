import assert from "node:assert/strict";
import { openJpegDecoder } from "../files/jpeg.ts";
import { groupNearCopies, judgeCopies } from "./copies.ts";
import { FACE_BYTES, type FaceFile } from "./file_names.ts";
import { resizeImage } from "../files/resize.ts";
import { drawFace } from "../../testing/faces.ts";

const FILES: FaceFile[] = [
  { name: "a", hash: "1", age: 10, row: 0 },
  { name: "b", hash: "1", age: 10, row: 0 },
  { name: "c", hash: "2", age: 20, row: 1 },
  { name: "d", hash: "2", age: 21, row: 1 },
  { name: "e", hash: "3", age: 30, row: 2 },
  { name: "f", hash: "3", age: 80, rule: "outside ages", detail: "80 years" },
  { name: "g", hash: "4", age: 40, row: 3 },
  { name: "h", hash: "4", rule: "malformed name" },
];
const keptOf = (files: readonly FaceFile[]) =>
  files.filter(({ rule }) => rule === undefined).map(({ name }) => name).join("");

Deno.test("judgeCopies() keeps one of agreeing copies and none of disagreeing ones", () => {
  const judged = judgeCopies(FILES, "drop");
  assert.equal(keptOf(judged), "ag");
  assert.deepEqual(
    judged.map(({ rule, detail }) => [rule, detail]).slice(1, 6),
    [
      ["repeated copy", "of a"],
      ["conflicting copy", "ages 20, 21"],
      ["conflicting copy", "ages 20, 21"],
      ["conflicting copy", "ages 30, 80"],
      ["outside ages", "80 years"],
    ],
  );
});

Deno.test("judgeCopies() keeps the first or all on request", () => {
  assert.equal(keptOf(judgeCopies(FILES, "first")), "aceg");
  assert.equal(keptOf(judgeCopies(FILES, "all")), "abcdeg");
});

Deno.test("groupNearCopies() joins a photograph with its recompressed, cut and mirrored copies", async () => {
  using decoder = openJpegDecoder();
  const faces = await Promise.all([1, 2, 3].map((seed) => drawFace(seed)));
  const rows = await Promise.all(
    [...faces, await drawFace(1, 200, 30)].map(async (bytes, i) =>
      resizeImage(await decoder.decode(bytes, `${i}`), { width: 64, height: 64 })
    ),
  );
  const cut = await decoder.decode(faces[1]!, "cut");
  const inner = new Uint8Array(196 * 196 * 3);
  for (let y = 0; y < 196; y++) {
    const from = ((y + 2) * 200 + 2) * 3;
    inner.set(cut.pixels.subarray(from, from + 196 * 3), y * 196 * 3);
  }
  rows.push(resizeImage({ width: 196, height: 196, pixels: inner }, { width: 64, height: 64 }));
  const mirrored = new Uint8Array(FACE_BYTES);
  for (let pixel = 0; pixel < 64 * 64; pixel++) {
    const from = (pixel - pixel % 64 + 63 - pixel % 64) * 3;
    mirrored.set(rows[2]!.subarray(from, from + 3), pixel * 3);
  }
  rows.push(mirrored);
  const pixels = new Uint8Array(rows.length * FACE_BYTES);
  rows.forEach((row, i) => pixels.set(row, i * FACE_BYTES));
  assert.deepEqual([...await groupNearCopies(pixels)], [0, 1, 2, 0, 1, 2]);
  assert.deepEqual([...await groupNearCopies(new Uint8Array(0))], []);
});
