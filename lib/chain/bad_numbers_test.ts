/** Parts that came to nothing: the run ends or warns, with stage, seed and advice. */
import assert from "node:assert/strict";
import { join } from "../base/disk/path.ts";
import type { ProgressEvent } from "../base/progress.ts";
import { Store } from "../base/disk/store.ts";
import { chainIn } from "../testing/stages.ts";
import { Chain } from "./chain.ts";

/** A chain on toys whose specification is changed, and what it tells. */
function changed(
  work: string,
  change: (specification: Chain["specification"]) => Partial<Chain["specification"]>,
): { chain: Chain; remarks: Map<string, string> } {
  const remarks = new Map<string, string>();
  const { context } = chainIn(work);
  const specification = { ...context.specification, ...change(context.specification) };
  const progress = ({ stage, state, remark = "" }: ProgressEvent) => {
    if (state !== "training") remarks.set(stage, remark);
  };
  const store = new Store(work);
  return { chain: new Chain({ ...context, specification, store, progress }), remarks };
}

async function inFolder(work: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a teacher at chance level is told of when it is trained, and when it is reused", () =>
  inFolder(async (folder) => {
    for (const when of ["trained", "reused"]) {
      const { chain, remarks } = changed(folder, ({ teacherTraining }) => ({
        teacherTraining: { ...teacherTraining, epochs: 1, learningRate: 1e-9 },
      }));
      await chain.teacher();
      const [stage, ...others] = remarks.keys();
      assert.deepEqual(others, [], when);
      assert.match(stage!, /^teacher VGG11 on toy, seed \d+$/);
      assert.match(
        remarks.get(stage!)!,
        /^at chance level: its test error is [\d.]+ %, and one answer for every image has 75 %; train it longer/,
      );
    }
  }));

Deno.test("a generator that has collapsed is told of, with or without a judge", () =>
  inFolder(async (folder) => {
    for (const judgeEvery of [undefined, 3]) {
      for (const _time of ["trained", "reused"]) {
        const { chain, remarks } = changed(join(folder, `${judgeEvery}`), ({ gan }) => ({
          // A rate thousands of times too high: its outputs are black or white for every latent.
          gan: { ...gan, steps: { toy: 6 }, judgeEvery, generatorRate: 0.5 } as typeof gan,
        }));
        const { history } = await chain.gan();
        assert.ok(history.at(-1)!.variety! < 0.1);
        assert.match(
          remarks.get("cGAN BigGAN on toy")!,
          /^fakes of one label differ by [\d.]+ % of what real images do: the generator has collapsed/,
        );
      }
    }
  }));

Deno.test("a class without an accepted sample ends the run with class, stage, seed and advice", () =>
  inFolder(async (folder) => {
    const { chain } = changed(folder, ({ ratio, synthesis }) => ({
      ratio: { ...ratio, epochs: 1, learningRate: 1e-9 },
      synthesis: { ...synthesis, perLabel: 4, burnIn: 4, batch: 4 },
    }));
    const { artifact } = await chain.ratio();
    // Without weights it gives 0 for every image.
    assert.ok(Object.keys(artifact.arrays).length > 0);
    for (const { values } of Object.values(artifact.arrays)) values.fill(0);
    await assert.rejects(chain.pool(), {
      name: "RangeError",
      message:
        /^Cannot subsample class 0 \(".*"\): found ratio 0 for all of 40 fakes, want some above 0; fit the density ratio again from another seed \(stage "subsampled fakes of toy", seed \d+\)$/,
    });
  }));
