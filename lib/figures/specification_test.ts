import assert from "node:assert/strict";
import type { ExperimentRun } from "../chain/run.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import { resolve } from "../experiments/specification/experiment.ts";
import { deviationsTable } from "./specification.ts";

Deno.test("deviationsTable() says once what the chosen methods leave of their papers", () => {
  const textOf = (distillers: string) => {
    const changes = { distillers };
    const specification = resolve(cifar10, "quick", changes);
    return deviationsTable({
      experiment: cifar10,
      preset: "quick",
      specification,
      changes,
    } as unknown as ExperimentRun).toText();
  };
  const chosen = textOf('["nokd", "vkd", {"name": "vkd", "beside": "blkd"}, "bss"]');
  assert.equal(chosen.match(/VKD by our reading of its abstract/g)?.length, 1);
  assert.match(chosen, /BSS by the published code/);
  assert.doesNotMatch(textOf('["nokd"]'), /VKD|BSS/);
});

Deno.test("deviationsTable() says that a generator is a diffusion model, and that it varies training images", () => {
  const textOf = (changes: Record<string, string>) =>
    deviationsTable({
      experiment: cifar10,
      preset: "quick",
      specification: resolve(cifar10, "quick", changes),
      changes: {},
    } as unknown as ExperimentRun).toText();
  const diffusion = { "gan.family": "diffusion" };
  const varied = {
    ...diffusion,
    "gan.sampling.variations": '{"noise": 0.7, "neighbours": 10}',
  };
  assert.doesNotMatch(textOf({}), /diffusion model/);
  assert.match(textOf(diffusion), /diffusion model/);
  assert.doesNotMatch(textOf(diffusion), /variations/);
  assert.match(textOf(varied), /variations of training images, put under noise of deviation 0\.7/);
});
