import assert from "node:assert/strict";
import { rngOf } from "../../base/rng.ts";
import { replicateRareAges, splitByAge } from "./split.ts";

const range = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);
const countOf = (ages: ArrayLike<number>, positions: Uint32Array, age: number) =>
  positions.reduce((sum, position) => sum + Number(ages[position] === age), 0);

/** Ages 1 to 12 with 1, 2, 3, ... images, in mixed order. */
const AGES = Array.from({ length: 12 }, (_, i) => new Array<number>(i + 1).fill(i + 1)).flat()
  .map((age, i) => ({ age, key: (i * 37) % 78 })).sort((a, b) => a.key - b.key)
  .map(({ age }) => age);

Deno.test("splitByAge() takes the share of every age and leaves one of each pair", () => {
  const groups = range(AGES.length);
  const { chosen, rest } = splitByAge({ ages: AGES, groups, fraction: 0.8, rng: rngOf(2020) });
  assert.deepEqual([...chosen, ...rest].sort((a, b) => a - b), [...groups]);
  const wanted = [1, 1, 2, 3, 4, 5, 6, 6, 7, 8, 9, 10];
  wanted.forEach((count, i) => assert.equal(countOf(AGES, chosen, i + 1), count, `age ${i + 1}`));
});

Deno.test("splitByAge() repeats with its seed, and one age does not change another's draw", () => {
  const split = (ages: readonly number[], seed: number) =>
    splitByAge({ ages, groups: range(ages.length), fraction: 0.8, rng: rngOf(seed) }).chosen;
  assert.deepEqual(split(AGES, 1), split(AGES, 1));
  assert.notDeepEqual(split(AGES, 1), split(AGES, 2));
  const longer = [...AGES, ...new Array<number>(9).fill(40)];
  assert.deepEqual(split(longer, 1).filter((i) => i < AGES.length), split(AGES, 1));
});

Deno.test("splitByAge() never tears a group, and still fills every age to its share", () => {
  const ages = Array.from({ length: 400 }, (_, i) => 1 + i % 4);
  // Image i and i + 100 for the first 60: pairs of one photograph.
  const groups = range(400).map((i) => i >= 100 && i < 160 ? i - 100 : i);
  let torn = 0;
  for (let seed = 0; seed < 20; seed++) {
    const { chosen, rest } = splitByAge({ ages, groups, fraction: 0.8, rng: rngOf(seed) });
    const inChosen = new Set(chosen.map((i) => groups[i]!));
    torn += rest.filter((i) => inChosen.has(groups[i]!)).length;
    for (let age = 1; age <= 4; age++) assert.equal(countOf(ages, chosen, age), 80);
    assert.ok(rest.some((i) => i < 60), "groups are in the rest, too");
  }
  assert.equal(torn, 0);
});

Deno.test("splitByAge() keeps an age for training whose images are all one photograph", () => {
  const ages = [5, 5, 7, 7, 7];
  const groups = [0, 0, 2, 3, 4];
  for (let seed = 0; seed < 20; seed++) {
    const { chosen } = splitByAge({ ages, groups, fraction: 0.5, rng: rngOf(seed) });
    assert.deepEqual([...chosen].filter((i) => i < 2), [0, 1]);
  }
});

Deno.test("replicateRareAges() tops every rare age up from its own images and no other", () => {
  const ages = [10, 20, 10, 30, 30, 30, 20, 50];
  const positions = Uint32Array.from([0, 1, 2, 3, 4, 5]);
  const all = replicateRareAges({ ages, positions, minimum: 3, rng: rngOf(1) });
  assert.deepEqual(all.slice(0, 6), positions);
  assert.equal(all.length, 9);
  assert.ok([0, 2].includes(all[6]!));
  assert.deepEqual([...all.slice(7)], [1, 1]);
  const again = replicateRareAges({ ages, positions, minimum: 200, rng: rngOf(1) });
  for (const age of [10, 20, 30]) assert.equal(countOf(ages, again, age), 200);
  assert.equal(countOf(ages, again, 50), 0);
  // With replacement and evenly: each of the two images of age 10 about 100 times.
  const first = again.filter((position) => position === 0).length;
  assert.ok(first > 70 && first < 130, `${first}`);
});

Deno.test("replicateRareAges() adds nothing with 0 or where nothing is rare", () => {
  const ages = [1, 1, 2, 2];
  const positions = range(4);
  for (const minimum of [0, 2]) {
    assert.deepEqual(replicateRareAges({ ages, positions, minimum, rng: rngOf(1) }), positions);
  }
  assert.throws(
    () => replicateRareAges({ ages, positions, minimum: -1, rng: rngOf(1) }),
    /replicate = -1/,
  );
});
