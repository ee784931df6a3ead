import assert from "node:assert/strict";
import { siegeByFullDisk } from "./disk.ts";
import { siegeByCompany } from "./company.ts";
import { growthOf } from "./soak.ts";
import { tableOf } from "./sieges.ts";

Deno.test("processes on one store leave the bits of one alone, killed or not, with locks or leases", async () => {
  for (const noLocks of [undefined, "Function not implemented (os error 38)"]) {
    const { faults } = await siegeByCompany({
      work: "store",
      processes: 3,
      rounds: 1,
      seed: 5,
      kills: noLocks !== undefined,
      ...(noLocks !== undefined && { noLocks }),
    });
    assert.deepEqual(faults, []);
  }
});

Deno.test("a store on a disk that runs full ends with the same bits once there is room", async () => {
  const report = await siegeByFullDisk({ work: "store", bytes: 9000, isMounted: false });
  assert.deepEqual(report!.faults, []);
  assert.ok(report!.stops >= 1);
});

Deno.test("growthOf() compares late steps with early ones, and passes short stages over", () => {
  const lines = Array.from({ length: 100 }, (_, i) => ({
    stage: "cGAN",
    state: "training" as const,
    step: 10 * (i + 1),
    total: 1000,
    tensors: 40 + (i > 60 ? 7 : 0),
    memory: 1000 * i,
  }));
  assert.deepEqual(growthOf(lines), {
    stage: "cGAN",
    steps: 1000,
    tensorGrowth: 7,
    memoryGrowth: 99_000 - 49_000,
  });
  assert.equal(growthOf(lines.map((line) => ({ ...line, total: 400 }))), undefined);
});

Deno.test("tableOf() keeps each row on a line", () => {
  const faults: string[] = [];
  const rows = [{ fault: "a|b", provoked: "c", times: "1", outcome: "d\ne", faults }];
  assert.equal(tableOf(rows).split("\n")[2], "| a\\|b | c | 1 | d e |");
});
