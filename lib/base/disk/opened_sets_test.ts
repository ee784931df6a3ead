import assert from "node:assert/strict";
import { join } from "./path.ts";
import { OPENED_SETS, tellOpenedSet, unpublishedSets } from "./opened_sets.ts";

Deno.test("unpublishedSets() names once what was told of as not to be published", async () => {
  const folder = await Deno.makeTempDir();
  const before = Deno.env.get(OPENED_SETS);
  const path = join(folder, "sets.jsonl");
  try {
    Deno.env.delete(OPENED_SETS);
    tellOpenedSet({ name: "faces", mayBePublished: false });
    assert.deepEqual(await unpublishedSets(path), []);
    Deno.env.set(OPENED_SETS, path);
    tellOpenedSet({ name: "chairs", mayBePublished: true });
    assert.deepEqual(await unpublishedSets(path), []);
    for (const name of ["faces", 'a "set"\nof mine', "faces"]) {
      tellOpenedSet({ name, mayBePublished: false });
    }
    assert.deepEqual(await unpublishedSets(path), ["faces", 'a "set"\nof mine']);
    Deno.env.set(OPENED_SETS, join(folder, "missing", "sets.jsonl"));
    assert.throws(() => tellOpenedSet({ name: "faces", mayBePublished: false }));
  } finally {
    if (before === undefined) Deno.env.delete(OPENED_SETS);
    else Deno.env.set(OPENED_SETS, before);
    await Deno.remove(folder, { recursive: true });
  }
});
