import assert from "node:assert/strict";
import type { RunRecord } from "../../base/disk/records.ts";
import type { FakesRecord } from "../../bound/fakes_record.ts";
import { recordOf } from "../../testing/records.ts";
import { verdictsPage } from "./page.ts";
import { countRule, expectedSign, verdictRows, type VerdictSources } from "./rows.ts";

/** The record of a student of method and seed, with what a test wants of it. */
function record(
  method: string,
  seed: number,
  value: number,
  rest: Partial<RunRecord> & { readonly student?: string } = {},
): RunRecord {
  const { student = "VGG11", ...others } = rest;
  const hasFakes = method.startsWith("cGAN-KD");
  return recordOf({
    cell: { dataset: "CIFAR-10", setting: "C-10K", student, method },
    seed,
    value,
    stages: { student: "s", ...(hasFakes && { fakes: "processed-1", gan: "cgan-1" }) },
    recipe: `${student} ${method}`,
    ...others,
  });
}

const SOURCES: VerdictSources = {
  changesOf: ({ changes = {} }, method) =>
    Object.fromEntries(
      Object.entries(changes).filter(([path]) =>
        method.startsWith("cGAN-KD") || !path.startsWith("synthesis.")
      ),
    ),
  hasEqualSteps: () => false,
};

/** What was measured on the fakes "processed-1", off by `labelTerm` more than the judge is anyway. */
function measured(labelTerm: number, totalVariation = 0): FakesRecord {
  const exactly = (value: number) => ({ value, low: value, high: value });
  return {
    experiment: "cifar10",
    preset: "quick",
    dataset: "CIFAR-10",
    setting: "C-10K",
    stages: { fakes: "processed-1", gan: "cgan-1" },
    evidence: {
      realCount: 10_000,
      fakeCount: 20_000,
      areAdjusted: true,
      teacherError: 0.1,
      totalVariation: exactly(totalVariation),
      labelTerm: exactly(labelTerm),
      judgeError: 0,
      b: 18,
      labelDistance: 0.1,
      areClasses: true,
    },
    revision: "r",
    time: "2026-11-29T12:00:00.000Z",
  };
}

Deno.test("verdictRows() compares each width of a student with its own", () => {
  const of = (method: string, weights: number, value: number) =>
    record(method, 1, value, {
      size: { weights, multiplyAdds: 1000 * weights },
      recipe: `${weights} ${method}`,
    });
  const records = [
    of("NOKD", 580, 20),
    of("NOKD", 140, 30),
    of("cGAN-KD", 580, 19),
    of("cGAN-KD", 140, 27),
  ];
  assert.deepEqual(verdictRows(records, [], SOURCES).map(({ mean }) => mean), [-1, -3]);
});

Deno.test("verdictRows() compares at equal steps where there is a control, seed by seed", () => {
  const records = [
    record("NOKD", 1, 30),
    record("NOKD (equal steps)", 1, 20),
    record("NOKD (equal steps)", 2, 21),
    record("cGAN-KD", 1, 22),
    record("cGAN-KD", 2, 24),
    record("cGAN-KD", 3, 99),
    // No control, so only against fewer steps.
    record("NOKD", 1, 40, { student: "ResNet-18" }),
    record("cGAN-KD", 1, 39, { student: "ResNet-18" }),
    // Nothing to compare with.
    record("cGAN-KD+BLKD", 1, 10),
  ];
  const rows = verdictRows(records, [measured(0.5)], SOURCES);
  assert.deepEqual(
    rows.map(({ student, method, hasEqualSteps, mean, seeds }) => [
      student,
      method,
      hasEqualSteps,
      mean,
      seeds,
    ]),
    [["VGG11", "cGAN-KD", true, 2.5, 2], ["ResNet-18", "cGAN-KD", false, -1, 1]],
  );
  assert.equal(rows[0]!.expected?.expectation, "hurt");
  // All students take equal steps: plain ones are the control.
  const [first] = verdictRows(records, [], { ...SOURCES, hasEqualSteps: () => true });
  assert.deepEqual([first!.mean, first!.hasEqualSteps, first!.expected], [-8, true, undefined]);
});

Deno.test("verdictRows() compares no run with one of other changes or images", () => {
  const equal: VerdictSources = { ...SOURCES, hasEqualSteps: () => true };
  const longer = { changes: { "studentTraining.epochs": "70" }, recipe: "longer" };
  const rows = (records: RunRecord[], sources = equal) =>
    verdictRows(records, [], sources).map(({ mean }) => mean);
  assert.deepEqual(rows([record("NOKD", 1, 20, longer), record("cGAN-KD", 1, 22)]), []);
  assert.deepEqual(
    rows([record("NOKD", 1, 20, longer), record("cGAN-KD", 1, 22, { ...longer, recipe: "f" })]),
    [2],
  );
  const moved = { data: { name: "other", checksum: "d" } };
  assert.deepEqual(rows([record("NOKD", 1, 20, moved), record("cGAN-KD", 1, 22)]), []);
  // What changes only fakes leaves plain students as they are; a control has the steps of the preset's fakes.
  const more = { changes: { "synthesis.fakes": "9" } };
  const control = record("NOKD (equal steps)", 1, 20);
  assert.deepEqual(rows([record("NOKD", 1, 20), record("cGAN-KD", 1, 22, more)]), [2]);
  assert.deepEqual(rows([control, record("cGAN-KD", 1, 22, more)], SOURCES), []);
  assert.deepEqual(rows([control, record("cGAN-KD", 1, 22)], SOURCES), [2]);
});

Deno.test("countRule() counts answers by their sign, and those beyond chance", () => {
  const rows = [1, 2, 3].flatMap((seed) => [
    record("NOKD", seed, 20),
    record("cGAN-KD", seed, 22 + seed / 10),
    record("NOKD", seed, 20, { student: "B" }),
    record("cGAN-KD", seed, seed === 1 ? 10 : 21, { student: "B" }),
  ]);
  const equal = { ...SOURCES, hasEqualSteps: () => true };
  const counts = (fakes: FakesRecord) => countRule(verdictRows(rows, [fakes], equal), expectedSign);
  // Errors rise by 2.2 ± 0.25, and fall by 2.67 with an interval of ± 15.8.
  assert.deepEqual(counts(measured(0.5)), { answers: 2, right: 1, sure: 1, sureRight: 1 });
  assert.deepEqual(counts(measured(0)), { answers: 2, right: 1, sure: 1, sureRight: 0 });
  assert.deepEqual(counts(measured(0, 0.5)), { answers: 0, right: 0, sure: 0, sureRight: 0 });
});

Deno.test("verdictsPage() shows verdicts beside differences, and what no verdict is judged by", () => {
  const rows = verdictRows(
    [
      record("NOKD (equal steps)", 1, 20),
      record("cGAN-KD", 1, 22),
      record("NOKD", 1, 40, { student: "ResNet-18" }),
      record("cGAN-KD", 1, 39, { student: "ResNet-18" }),
    ],
    [measured(0.5)],
    SOURCES,
  );
  const page = verdictsPage(rows);
  assert.match(
    page,
    /\n1 comparison at equal steps, with the fakes of 1 generator; 1 of them has one seed, and 0 are beyond chance\. The verdict answers 1 of 1, on fakes of 1 generator, and is right in 1\. Comparisons /,
  );
  assert.match(page, /\n\| the verdict \| 1 of 1 \| 1 \| 100 % \| 0 \| 0 \|\n/);
  assert.match(
    page,
    /\n\| CIFAR-10, C-10K \| desk \| VGG11 \| cGAN-KD \| hurt \| yes, may be chance \| \+0\.59 to \+0\.59 \| \+2\.00 points \| – \| 1 \|\n/,
  );
  assert.match(
    page,
    /## More steps with fakes\n[^#]*\| ResNet-18 \| cGAN-KD \| hurt \| – \|/,
  );
  assert.match(verdictsPage([]), /No student with fakes was run beside one without/);
});

Deno.test("verdictsPage() counts differences beyond chance that the verdict could not tell", () => {
  // VGG11 rises by 2.2 ± 0.25, ResNet-18 by what may be chance.
  const records = [1, 2, 3].flatMap((seed) => [
    record("NOKD", seed, 20),
    record("cGAN-KD", seed, 22 + seed / 10),
    record("NOKD", seed, 20, { student: "ResNet-18" }),
    record("cGAN-KD", seed, seed === 1 ? 10 : 21, { student: "ResNet-18" }),
  ]);
  const equal = { ...SOURCES, hasEqualSteps: () => true };
  const pageOf = (kept: RunRecord[], fakes: FakesRecord) =>
    verdictsPage(verdictRows(kept, [fakes], equal));
  const unclear = measured(0, 0.5);
  assert.match(
    pageOf(records, unclear),
    /Of the 2 comparisons with a record the verdict answers none: it cannot tell\. 1 of these is beyond chance\. /,
  );
  const chance = records.filter(({ cell }) => cell.student === "ResNet-18");
  assert.match(pageOf(chance, unclear), /it cannot tell\. None of these is beyond chance\. /);
  // Where it answers, nothing is left out.
  assert.match(pageOf(records, measured(0.5)), /is right in 1\. Comparisons of /);
});
