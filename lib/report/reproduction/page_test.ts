import assert from "node:assert/strict";
import type { PublishedResult } from "../paper/published.ts";
import { tableStatements } from "./claims.ts";
import type { ReproductionSource } from "./commands.ts";
import { countOrderings } from "./orderings.ts";
import type { OurRun } from "./ours.ts";
import { type Reproduction, reproductionPage } from "./page.ts";
import { reproductionRows } from "./rows.ts";

function published(setting: string, method: string, value: number, table = "1"): PublishedResult {
  const cell = { dataset: "CIFAR-10", setting, teacher: "ResNet-18", student: "VGG11", method };
  return { table, ...cell, metric: "error_rate_pct", value };
}

function run(method: string, values: readonly number[]): OurRun {
  return {
    experiment: "cifar10",
    preset: "desk",
    dataset: "CIFAR-10",
    setting: "C-10K",
    student: "VGG11",
    method,
    metric: "error_rate_pct",
    unit: "%",
    changes: {},
    values: new Map(values.map((value, index) => [index + 1, value])),
    failed: 0,
    time: "2026-01-01T00:00:00Z",
  };
}

const PUBLISHED = [
  published("C-50K", "NOKD", 8),
  published("C-50K", "cGAN-KD", 7),
  published("C-10K", "NOKD", 18.57),
  published("C-10K", "cGAN-KD", 14.32),
  published("C-10K", "TAKD", 16),
  published("C-10K", "SSKD", 12, "2"),
];
const RUNS = [run("NOKD", [22, 24]), run("cGAN-KD", [21])];
const SOURCE: ReproductionSource = {
  experiment: "cifar10",
  dataset: "CIFAR-10",
  settings: [
    {
      preset: "desk",
      setting: "C-10K",
      cells: ["VGG11, NOKD", "VGG11, cGAN-KD"],
      teachers: [{ network: "resnet18", width: 0.25 }],
    },
    ...["C-50K", "C-10K"].map((setting) => ({
      preset: "paper",
      setting,
      cells: ["VGG11, NOKD", "VGG11, cGAN-KD", "VGG11, TAKD"],
      teachers: [{ network: "vgg16", width: 1 }, { network: "resnet18", width: 1 }],
    })),
  ],
  deviations: { desk: ["Narrow networks"], quick: ["Never said"] },
};

function page(more: Partial<Reproduction> = {}): string {
  return reproductionPage({
    rows: reproductionRows(PUBLISHED, RUNS),
    orderings: countOrderings(tableStatements(PUBLISHED), RUNS),
    sources: [SOURCE],
    changed: [],
    skipped: [],
    ...more,
  });
}

Deno.test("reproductionPage() prints interval, difference, seeds, preset and dashes", () => {
  const lines = page().split("\n");
  // Student's t for one degree of freedom is 12.706; 12.706 * sqrt(2) / sqrt(2) = 12.71.
  for (
    const line of [
      "| VGG11, NOKD | 18.57 | 23.00 | ± 12.71 | +4.43 | 2 | desk |",
      "| VGG11, cGAN-KD | 14.32 | 21.00 | – | +6.68 | 1 | desk |",
      "| VGG11, TAKD | 16.00 | – | – | – | – | – |",
      "| all | 6 | 2 | 0 | 0 | 4 |",
    ]
  ) assert.ok(lines.includes(line), line);
});

Deno.test("reproductionPage() has a command for each preset, and names what none has", () => {
  const text = page();
  const commands = [
    '# NOKD and cGAN-KD of every student\ndeno task run cifar10 --preset desk --setting C-10K --cells "VGG11, NOKD"',
    "# TAKD of every student\ndeno task run cifar10 --preset paper --setting C-10K --cells " +
    `"VGG11, TAKD" 'teachers=[{"network":"resnet18","width":1}]'`,
    'deno task run cifar10 --preset paper --setting C-50K --cells "VGG11, NOKD"',
  ];
  for (const command of commands) assert.ok(text.includes(`\n${command}\n`), command);
  assert.ok(text.includes("No preset has SSKD of every student."));
});

Deno.test("reproductionPage() folds what was not run and says why there is no difference", () => {
  const text = page();
  assert.match(text, /### Table 1, C-10K, teacher ResNet-18\n/);
  assert.match(text, /<summary>C-50K, teacher ResNet-18: not run<\/summary>/);
  assert.match(text, /## Table 2: .*\n\nNot run, so there is no difference.\n\n<details>/);
  assert.match(text, /Same images and metric; the difference is in points, at preset "desk"/);
  assert.match(text, /<summary>CIFAR-10 at preset desk<\/summary>\n\n- Narrow networks\n/);
  assert.ok(!text.includes("Never said"));

  const [row] = reproductionRows([PUBLISHED[2]!], RUNS);
  const { difference: _difference, ...rest } = row!;
  const why = (refused: "images" | "protocol" | "metric") => page({ rows: [{ ...rest, refused }] });
  assert.match(why("images"), /\| VGG11, NOKD \| 18.57 \| 23.00 \| ± 12.71 \| – \| 2 \| desk \|/);
  assert.match(why("images"), /ours on images rendered by us\. No difference is taken/);
  assert.match(why("protocol"), /protocol is another one .* No difference is taken/);
  assert.match(why("metric"), /another metric than the paper's\. No difference is taken/);
  const { ours: _ours, ...none } = rest;
  assert.match(
    page({ rows: [{ ...none, failed: 2 }] }),
    /\| 18\.57 \| failed \(2\) \| – \| – \| – \|/,
  );
});

Deno.test("reproductionPage() counts orderings, and says what was not run", () => {
  const text = page();
  assert.match(
    text,
    /### cGAN-KD has a lower error than NOKD\n\n.*\n.*\n\| Table 1 \| 2 of 2 \| 1 \| 1 \| 1 \| 0 \| 0 \|/,
  );
  assert.match(
    text,
    /\| C-10K, VGG11: cGAN-KD < NOKD \| desk \| −4\.25 \| −1\.00 points \| – \| 1 \|/,
  );
  assert.match(
    text,
    /larger with less data\n\n.*\n.*\n\| Table 1 \| 1 of 1 \| not run \| – \| – \| – \| – \|/,
  );
});

Deno.test("reproductionPage() says what the numbers of a tested pair are", () => {
  const more = { setting: "C-50K", time: "2026-01-02T00:00:00Z" };
  const runs = [...RUNS, { ...run("NOKD", [10]), ...more }, { ...run("cGAN-KD", [9.5]), ...more }];
  const text = page({ orderings: countOrderings(tableStatements(PUBLISHED), runs) });
  // Gains of 0.5 with more data and 1 with less; of the paper 1 and 4.25.
  assert.match(
    text,
    /negative where the claim holds\.\n\n.*\n.*\n.*gain by cGAN-KD > on C-50K \| desk \| −3\.25 \| −0\.50 points/,
  );
  assert.match(text, /The error on the left less that on the right/);
});

Deno.test("reproductionPage() names what it leaves out", () => {
  assert.ok(!page().includes("Skipped files") && !page().includes("Runs in no row"));
  const text = page({
    changed: ["rc49, desk: gan.batch=8"],
    skipped: ["rc49/records/desk/a.json"],
  });
  assert.match(text, /## Runs in no row\n\n.*\n\n- `rc49, desk: gan\.batch=8`\n/);
  assert.match(text, /## Skipped files\n\n.*\n\n- `rc49\/records\/desk\/a\.json`\n/);
});
