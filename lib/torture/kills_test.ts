import assert from "node:assert/strict";
import { siegeByKills } from "./kills.ts";

Deno.test("kills at operations on the disk leave the bits of an undisturbed store", async () => {
  for (const killer of ["operation", "power"] as const) {
    const { kills, lives, faults } = await siegeByKills({
      work: "store",
      killer,
      kills: 5,
      seed: 20,
    });
    assert.deepEqual(faults, []);
    assert.equal(kills.length, 5);
    assert.ok(lives >= 1);
    assert.ok(new Set(kills.map(({ stage }) => stage)).size >= 2, JSON.stringify(kills));
  }
});

Deno.test("losses of power leave set-up's folders and decoded images whole", async () => {
  for (const work of ["set-up", "decoding"] as const) {
    const { faults } = await siegeByKills({ work, killer: "power", kills: 2, seed: 3 });
    assert.deepEqual(faults, []);
  }
});

Deno.test("a killed chain goes on and ends with the same weights and records", async () => {
  const { kills, faults } = await siegeByKills({
    work: "chain",
    killer: "power",
    kills: 2,
    seed: 1,
    // Without the students' teacher and their second method.
    changes: { distillers: '["nokd"]' },
  });
  assert.deepEqual(faults, []);
  assert.equal(kills.length, 2);
});
