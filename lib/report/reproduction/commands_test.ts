import assert from "node:assert/strict";
import type { PublishedResult } from "../paper/published.ts";
import { commandsOf, type ReproductionSource, type RunnableSetting } from "./commands.ts";
import type { ReproductionRow } from "./rows.ts";

function row(method: string, preset?: string): ReproductionRow {
  const published: PublishedResult = {
    table: "1",
    dataset: "CIFAR-10",
    setting: "C-10K",
    teacher: "ResNet-18",
    student: "VGG11",
    method,
    metric: "error_rate_pct",
    value: 16,
  };
  const ours = preset === undefined
    ? {}
    : { ours: { preset, mean: 20, seeds: 1, unit: "%" }, difference: 4 };
  return { published, cell: `VGG11, ${method}`, failed: 0, ...ours };
}

function setting(preset: string, teachers: readonly string[]): RunnableSetting {
  return {
    preset,
    setting: "C-10K",
    cells: ["VGG11, NOKD", "VGG11, BLKD"],
    teachers: teachers.map((network) => ({ network, width: 1 })),
  };
}

function sourceOf(...settings: readonly RunnableSetting[]): ReproductionSource {
  return { experiment: "cifar10", dataset: "CIFAR-10", settings, deviations: {} };
}

const START = "deno task run cifar10 --preset";

function linesOf(rows: readonly ReproductionRow[], source: ReproductionSource): string[] {
  return commandsOf(rows, source).lines.map(({ command }) => command);
}

Deno.test("commandsOf() names the teacher only where the preset has several", () => {
  const command = `${START} desk --setting C-10K --cells "VGG11, BLKD"`;
  const one = sourceOf(setting("desk", ["resnet18"]));
  assert.deepEqual(linesOf([row("BLKD")], one), [command]);
  const two = sourceOf(setting("desk", ["vgg16", "resnet18"]));
  assert.deepEqual(linesOf([row("BLKD")], two), [
    `${command} 'teachers=[{"network":"resnet18","width":1}]'`,
  ]);
  // NOKD has none, and stands back where a cell with a teacher can show how to name it.
  const plain = `${START} desk --setting C-10K --cells "VGG11, NOKD"`;
  assert.deepEqual(linesOf([row("NOKD")], two), [plain]);
  assert.match(linesOf([row("NOKD"), row("BLKD")], two)[0]!, /--cells "VGG11, BLKD" 'teachers=/);
});

Deno.test("commandsOf() takes the preset of the run, else desk before paper", () => {
  const presets = ["quick", "desk", "paper"].map((preset) => setting(preset, ["resnet18"]));
  const source = sourceOf(...presets);
  const cells = '--setting C-10K --cells "VGG11, NOKD"';
  assert.deepEqual(linesOf([row("NOKD", "quick")], source), [`${START} quick ${cells}`]);
  assert.deepEqual(linesOf([row("NOKD")], source), [`${START} desk ${cells}`]);
  // The preset has lost the cell since.
  const fewer = sourceOf({ ...presets[0]!, cells: [] }, presets[2]!);
  assert.deepEqual(linesOf([row("NOKD", "quick")], fewer), [`${START} paper ${cells}`]);
});

Deno.test("commandsOf() says which cells no preset has, by method or by teacher", () => {
  const other = sourceOf(setting("desk", ["vgg16"]));
  const rows = [row("NOKD"), row("BLKD"), row("TAKD")];
  assert.deepEqual(commandsOf(rows, other).unknown, ["VGG11, BLKD", "VGG11, TAKD"]);
  assert.deepEqual(commandsOf(rows, undefined), {
    lines: [],
    unknown: rows.map(({ cell }) => cell),
  });
});
