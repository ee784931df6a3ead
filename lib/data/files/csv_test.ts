import assert from "node:assert/strict";
import { readCsv, readCsvRows } from "./csv.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const rowsOf = (text: string) =>
  readCsvRows(bytesOf(text), "a.csv").map(({ line, cells }) => [line, ...cells]);

Deno.test("readCsvRows() knows quotes, line ends, a byte order mark and the line of each row", () => {
  assert.deepEqual(
    rowsOf(
      '\uFEFFfile,label\r\n"a, b.png", cat \r\n\r\n"he said ""no""\nand left.png",\ndog.png,"d"',
    ),
    [
      [1, "file", "label"],
      [2, "a, b.png", "cat"],
      [4, 'he said "no"\nand left.png', ""],
      [6, "dog.png", "d"],
    ],
  );
  assert.deepEqual(rowsOf("file;label\na;1,5\n"), [[1, "file", "label"], [2, "a", "1,5"]]);
  assert.deepEqual(rowsOf("file\tlabel\na b\t1\n"), [[1, "file", "label"], [2, "a b", "1"]]);
  // Neither an empty first line nor what stands in quotes says what separates cells.
  assert.deepEqual(rowsOf("\r\nfile;label\na;1\n"), [[2, "file", "label"], [3, "a", "1"]]);
  assert.deepEqual(rowsOf('"a, b, c";label\nd;1'), [[1, "a, b, c", "label"], [2, "d", "1"]]);
  assert.deepEqual(rowsOf("a.png\nb.png"), [[1, "a.png"], [2, "b.png"]]);
  assert.deepEqual(rowsOf(""), []);
});

Deno.test("readCsvRows() and readCsv() name the line of what they refuse", () => {
  const expect = (text: string, message: RegExp) =>
    assert.throws(() => readCsv(bytesOf(text), "a.csv"), message);
  expect(
    'f,l\na"b,1',
    /"a\.csv" as a table: found a quote within a cell in line 2, want the whole/,
  );
  expect('f,l\n"a\n\nb"c,1', /found text after a closing quote in line 4/);
  expect('f,l\n\n"a,1\n', /found a quote in line 3 that is never closed, want a second one/);
  expect("f,l\na,1\n\nb,1,2", /found 3 cells in line 4, want 2, one for each column/);
  expect("f,l,f\na,1,2", /found two columns "f" in line 1, want each name once/);
  expect("", /found no line/);
  assert.throws(() => readCsv(Uint8Array.of(255, 254, 65, 0), "a.csv"), /not UTF-8.*CSV UTF-8/);
});
