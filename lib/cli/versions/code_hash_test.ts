import assert from "node:assert/strict";
import { hashOfKernel, readCode } from "./code_hash.ts";

const FIRST = `
import { a, type B } from "../one/two.ts";
/** Doubles. */
export function twice(x: number): number {
  if (x < 0) throw new RangeError(\`Cannot double \${x}\`);
  return a(x) * 2;
}
`;

async function same(one: string, other: string): Promise<boolean> {
  return (await readCode(one)).hash === (await readCode(other)).hash;
}

Deno.test("readCode() sees no change in comments, layout, types, errors' words, exports and folders", async () => {
  const second = `
import type { B } from "elsewhere.ts";
import { a } from "./two.ts"; // moved
function twice(
  x: number | bigint,
): any {
  if (x < 0) { throw new RangeError("Cannot double less than nothing"); }
  return (a(x as number) * 2) satisfies number;
}`;
  // The block around the throw is another statement.
  assert.ok(!await same(FIRST, second));
  assert.ok(
    await same(FIRST, second.replace("{ throw", "throw").replace('nothing"); }', 'nothing");')),
  );
  assert.ok(await same("f(1, 'a', `b`);", 'f(\n  1,\n  "a",\n  `b`,\n);'));
});

Deno.test("readCode() sees each change that can move a result", async () => {
  for (
    const [from, to] of [
      ["* 2", "* 3"],
      ["x < 0", "x <= 0"],
      ["a(x)", "a(x + 0)"],
      ["two.ts", "three.ts"],
      ["{ a,", "{ b as a,"],
    ] as const
  ) assert.ok(!await same(FIRST, FIRST.replace(from, to)), `${from} became ${to}`);
  assert.ok(!await same("f(`a${x}b`)", "f(`a${x}c`)"));
  assert.ok(!await same("f(/a/g)", "f(/a/)"));
  assert.ok(!await same("f(1n)", "f(2n)"));
});

Deno.test("readCode() finds what is imported when it runs, and versions", async () => {
  const { imports, versions } = await readCode(`
import type { A } from "./a.ts";
import { type B, b } from "./b.ts";
export * from "./c.ts";
const d = await import("./d.ts");
export const RENDERER_VERSION = 4;
const VERSION: number = 2;
b();
const key = { stage: "x", codeVersion: 3, version: d.version };
`);
  assert.deepEqual(imports, ["./b.ts", "./c.ts", "./d.ts"]);
  assert.deepEqual(versions, ["RENDERER_VERSION 4", "VERSION 2", "codeVersion 3"]);
});

Deno.test("hashOfKernel() sees code and directives, not comments and white space", async () => {
  const kernel = '#include "a.h"\n// one\nfloat f(float x) {\n  return x * 2;  /* two */\n}\n';
  const hash = await hashOfKernel(kernel);
  assert.equal(
    hash,
    await hashOfKernel('/* three */\n#include   "a.h"\n\nfloat f(float x)\n{ return x * 2; }'),
  );
  assert.notEqual(hash, await hashOfKernel(kernel.replace("* 2", "* 3")));
  assert.notEqual(hash, await hashOfKernel(kernel.replace('"a.h"', '"b.h"')));
  assert.notEqual(await hashOfKernel('f("a  b")'), await hashOfKernel('f("a // b")'));
});
