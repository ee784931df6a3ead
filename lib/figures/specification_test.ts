import assert from "node:assert/strict";
import type { ExperimentRun } from "../chain/run.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import { type Preset, resolve } from "../experiments/specification/experiment.ts";
import { deviationsTable } from "./specification.ts";

function runOf(preset: Preset, changes: Record<string, string>): ExperimentRun {
  const specification = resolve(cifar10, preset, changes);
  const context = { specification, setting: specification.settings[0]! };
  return {
    experiment: cifar10,
    preset,
    specification,
    changes,
    context,
  } as unknown as ExperimentRun;
}

Deno.test("deviationsTable() counts what was given for another setting as no change", () => {
  const table = deviationsTable(
    runOf("smoke", { "gan.steps.C-10K": "7000", "synthesis.fakes": "30" }),
  );
  const rows = (table.objects() as { difference: string }[]).map(({ difference }) => difference);
  assert.deepEqual(rows.filter((row) => row.startsWith("Changed by hand")), [
    "Changed by hand, whatever the lines above say: synthesis.fakes = 30",
  ]);
  assert.match(
    table.toText(),
    /gan\.steps\.C-10K was given and changes nothing: the setting is "toy", for which gan\.steps\.toy = \d+ counts/,
  );
});

Deno.test("deviationsTable() says once what the chosen methods leave of their papers", () => {
  const textOf = (distillers: string) => {
    const changes = { distillers };
    return deviationsTable(runOf("quick", changes)).toText();
  };
  const chosen = textOf('["nokd", "vkd", {"name": "vkd", "beside": "blkd"}, "bss"]');
  assert.equal(chosen.match(/VKD by our reading of its abstract/g)?.length, 1);
  assert.match(chosen, /BSS by the published code/);
  assert.doesNotMatch(textOf('["nokd"]'), /VKD|BSS/);
});

Deno.test("deviationsTable() says that a generator is a diffusion model, and that it varies training images", () => {
  const textOf = (changes: Record<string, string>) =>
    deviationsTable({ ...runOf("quick", changes), changes: {} } as ExperimentRun).toText();
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
