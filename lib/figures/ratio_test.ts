import assert from "node:assert/strict";
import type { ExperimentRun } from "../chain/run.ts";
import type { LabelAcceptance } from "../synthesis/subsample.ts";
import { acceptanceTable } from "./ratio.ts";

const acceptance = (label: number, changes: Partial<LabelAcceptance> = {}): LabelAcceptance => ({
  label,
  accepted: 250,
  drawn: 500,
  acceptanceRate: 1,
  greatestRatio: 1,
  burnInsRedrawn: 0,
  ...changes,
});

const tableOf = (acceptances: readonly LabelAcceptance[], task: unknown) =>
  acceptanceTable(
    {
      pool: () => Promise.resolve({ open: () => ({ acceptances }) }),
      dataset: { name: "toy", train: { origin: "real", task } },
    } as unknown as ExperimentRun,
  );

Deno.test("acceptanceTable() gives the share of drawn fakes that passed, beside what was kept of them", async () => {
  const classNames = ["cat", "dog", "fox"];
  const table = await tableOf([
    acceptance(0),
    acceptance(1, { drawn: 1500, acceptanceRate: 0.2 }),
    acceptance(2, { drawn: 0, acceptanceRate: 0, plain: 250 }),
  ], { kind: "classification", classes: 3, classNames });
  assert(typeof table !== "string");
  const csv = table.render("csv").split("\n").map((line) => line.trim());
  assert.deepEqual(csv.slice(0, 4), [
    "label,drawn,passed,rate,kept,plain",
    "cat,500,500,100,250,0",
    "dog,1500,300,20,250,0",
    "fox,0,0,0,250,250",
  ]);
});

Deno.test("acceptanceTable() adds counts of labels that it takes together", async () => {
  const labels = Array.from({ length: 40 }, (_, label) => label);
  // Of each pair one label passes 100 of 100 draws, the other 100 of 1,000.
  const table = await tableOf(
    labels.map((label) =>
      label % 2 === 0
        ? acceptance(label, { accepted: 100, drawn: 100 })
        : acceptance(label, { accepted: 100, drawn: 1000, acceptanceRate: 0.1 })
    ),
    { kind: "regression", labels, unit: "degrees", scale: 90 },
  );
  assert(typeof table !== "string");
  assert.match(table.toText(), /0 to 1 +1,?100 +200 +18\.2 +200/);
});
