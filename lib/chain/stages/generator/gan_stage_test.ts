import assert from "node:assert/strict";
import { join } from "../../../base/disk/path.ts";
import { Store } from "../../../base/disk/store.ts";
import { isGan } from "../../../experiments/specification/gan_schema.ts";
import { chainIn } from "../../../testing/stages.ts";
import { Chain } from "../../chain.ts";

/** A generator of six steps with an auxiliary classifier, which is released from it after some. */
function chainOf(work: string, release?: number): Chain {
  const { context } = chainIn(work);
  const { gan } = context.specification;
  assert.ok(isGan(gan));
  return new Chain({
    ...context,
    store: new Store(work),
    specification: {
      ...context.specification,
      gan: {
        ...gan,
        steps: { toy: 6 },
        auxiliary: { discriminator: 1, generator: 0.5 },
        judgeEvery: undefined,
        ...(release !== undefined && { release }),
      },
    },
  });
}

Deno.test("ganStage() continues another training only as far as the two are the same", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const wanted = await chainOf(join(folder, "fresh"), 3).gan();
    const shared = join(folder, "shared");
    const pushed = await chainOf(shared).gan();
    // Six steps without a release are there, and no longer what a release at 3 begins with.
    const released = await chainOf(shared, 3).gan();
    assert.deepEqual(released.artifact.arrays, wanted.artifact.arrays);
    assert.notDeepEqual(released.artifact.arrays, pushed.artifact.arrays);
    assert.notDeepEqual(released.history, pushed.history);
    // A release at the end begins with all of it.
    const late = await chainOf(shared, 6).gan();
    assert.deepEqual(late.artifact.arrays, pushed.artifact.arrays);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
