import assert from "node:assert/strict";
import type { ExperimentRun } from "../chain/run.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import { resolve } from "../experiments/specification/experiment.ts";
import { variesImages } from "../experiments/specification/varies_images.ts";
import { stripText } from "./scalar_labels/strips.ts";
import { fakesByClassTable } from "./synthesis.ts";

Deno.test("variesImages() tells variations of training images from images out of noise", () => {
  const of = (changes: Record<string, string>) => variesImages(resolve(cifar10, "smoke", changes));
  const diffusion = { "gan.family": "diffusion" };
  assert.equal(of({}), false);
  assert.equal(of(diffusion), false);
  assert.equal(
    of({ ...diffusion, "gan.sampling.variations": '{"noise": 1, "neighbours": 10}' }),
    true,
  );
});

Deno.test("stripText() does not credit the label alone where other training images are varied", () => {
  // Two rows of two images of one byte: neighbours in a row differ by 51 grey levels, in a column by 102.
  const bytes = Uint8Array.from([0, 51, 102, 153]);
  const textOf = (isVaried: boolean) => stripText(bytes, { columns: 2, size: 1, isVaried });
  assert.match(
    textOf(false),
    /differ only by their label, differ by 0\.40?0? .* latent, by 0\.80?/,
  );
  assert.match(textOf(true), /vary other training images .* differ by 0\.40?0? .* by 0\.80?/);
  assert.doesNotMatch(textOf(true), /only/);
});

Deno.test("fakesByClassTable() calls fakes subsampled only where they are", async () => {
  const pool = { set: { labels: Float32Array.of(0, 0, 1) } };
  const textOf = async (steps: readonly string[]) =>
    (await fakesByClassTable(
      {
        pool: () => Promise.resolve({ open: () => pool }),
        processed: () => Promise.resolve({ set: pool.set }),
        specification: { synthesis: { steps } },
        dataset: {
          name: "toy",
          train: {
            origin: "real",
            task: { kind: "classification", classes: 2, classNames: ["cat", "dog"] },
          },
        },
      } as unknown as ExperimentRun,
    )).toText();
  assert.match(await textOf(["subsample"]), /subsampled/);
  const plain = await textOf(["filter", "adjust"]);
  assert.match(plain, /as drawn/);
  assert.doesNotMatch(plain, /subsampled/);
});
