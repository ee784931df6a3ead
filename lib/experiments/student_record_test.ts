import assert from "node:assert/strict";
import { cifar10 } from "./cifar10.ts";
import { resolve } from "./experiment.ts";
import type { Specification } from "./specification.ts";
import { rowHash } from "./student_record.ts";

Deno.test("rowHash() is the same for other seeds, and another for what moves a student", async () => {
  const hashOf = (changes: Record<string, string>) => rowHash(resolve(cifar10, "desk", changes));
  const plain = await hashOf({});
  assert.equal(await hashOf({ seeds: "[7]" }), plain);
  const others: Record<string, string>[] = [
    { "gan.diversity": "0.5" },
    { "synthesis.whenStuck": '"plain"' },
    { "synthesis.fakes": "500" },
    { split: "validation" },
  ];
  const hashes = await Promise.all(others.map(hashOf));
  assert.equal(new Set([plain, ...hashes]).size, 5);
});

Deno.test("rowHash() of a specification from before an option is that with the option off", async () => {
  const now = resolve(cifar10, "desk");
  const { diversity: _diversity, ...gan } = now.gan;
  const { whenStuck: _whenStuck, ...synthesis } = now.synthesis;
  const { split: _split, ...rest } = now;
  const before = { ...rest, gan, synthesis } as unknown as Specification;
  assert.equal(await rowHash(before), await rowHash(now));
});
