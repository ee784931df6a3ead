import assert from "node:assert/strict";
import { readRecords } from "../base/disk/records.ts";
import { join } from "../base/disk/path.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import { resolve } from "../experiments/specification/experiment.ts";
import { rc49 } from "../experiments/rc49.ts";
import { utkface } from "../experiments/utkface.ts";
import { networkSize } from "../networks/network_size.ts";
import { NETWORKS } from "../registry.ts";
import { PROJECT, runHash } from "./student_record.ts";

const hashOf = (changes: Record<string, string>, setting = "C-10K") =>
  runHash(resolve(cifar10, "paper", changes), setting);

Deno.test("runHash() differs with what moves a student", async () => {
  const others: Record<string, string>[] = [
    {},
    { "gan.diversity": "0.5" },
    { "gan.steps.C-10K": "9" },
    { "synthesis.whenStuck": '"plain"' },
    { "synthesis.fakes": "500" },
    { "synthesis.rho.C-10K": "0.2" },
    { split: "validation" },
    // The first seed is that of the chain.
    { seeds: "[7]" },
  ];
  const hashes = await Promise.all(others.map((changes) => hashOf(changes)));
  assert.equal(new Set(hashes).size, others.length);
});

Deno.test("runHash() is the same with what moves no student of the setting", async () => {
  const plain = await hashOf({});
  const others: Record<string, string>[] = [
    { seeds: "[2020, 7]" },
    { students: '[{"network": "vgg11", "width": 0.5}]' },
    { distillers: '["nokd"]' },
    { curveEvery: "3" },
    { "gan.judgeEvery": "100" },
    { "gan.steps.C-20K": "9" },
    { "synthesis.rho.C-50K": "0.2" },
  ];
  for (const changes of others) assert.equal(await hashOf(changes), plain, JSON.stringify(changes));
});

Deno.test("runHash() of an unchanged preset is that of the records that came with the project", async () => {
  const records = await readRecords(join(PROJECT, "results"), "cifar10", "quick");
  const unchanged = records.filter(({ changes }) => changes === undefined);
  assert.ok(unchanged.length > 0);
  const hash = await runHash(resolve(cifar10, "quick", {}, "C-10K"), "C-10K");
  for (const { cell, specification } of unchanged) assert.equal(specification, hash, cell.method);
});

Deno.test("records that came with the project say how large their students are", async () => {
  const classes = { outputs: 10, head: "classification", imageSize: 32 } as const;
  const angles = { outputs: 1, head: "regression", imageSize: 64 } as const;
  for (
    const [experiment, shape] of [[cifar10, classes], [rc49, angles], [utkface, angles]] as const
  ) {
    for (const preset of ["quick", "desk"]) {
      const { students } = resolve(experiment, preset);
      const sizes = new Map(students.map(({ network, width }) => [
        NETWORKS[network].title as string,
        networkSize(NETWORKS[network], { ...shape, width }),
      ]));
      const records = await readRecords(join(PROJECT, "results"), experiment.name, preset);
      assert.ok(records.length > 0);
      for (const { size, cell, changes } of records) {
        if (size === undefined || changes?.students !== undefined) continue;
        assert.deepEqual(
          size,
          sizes.get(cell.student!),
          `${experiment.name}, ${preset}, ${cell.student}`,
        );
      }
    }
  }
});
