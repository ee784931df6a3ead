import assert from "node:assert/strict";
import { boundTerms } from "../bound/error_bound.ts";
import type { Task } from "../base/contracts.ts";
import { ANGLES } from "../testing/tasks.ts";
import type { ExperimentRun, StudentResult } from "../chain/run.ts";
import { boundFigure, measuredErrors } from "./bound.ts";

/** A run that has measured a bound, and one student of each method. */
function measured(task: Task, values: readonly number[]): Parameters<typeof boundFigure> {
  const terms = boundTerms({
    real: 100,
    fakes: 50,
    rademacher: (n) => 1 / Math.sqrt(n),
    totalVariation: 0.3,
    labelTerm: 0.1,
  });
  const run = {
    dataset: { name: "RC-49 (rendered by us)", train: { task, labels: new Float32Array(100) } },
    bound: () => Promise.resolve({ b: 1, terms }),
  } as unknown as ExperimentRun;
  const students = ["NOKD", "cGAN-KD"].map((method, i) => ({
    cell: { method },
    record: { value: values[i] },
  })) as unknown as StudentResult[];
  return [run, students];
}

Deno.test("boundFigure() measures scalar labels on the scale of the bound", async () => {
  const chart = await boundFigure(...measured(ANGLES, [45, 9]));
  const [alone, both] = chart.facts;
  assert.match(alone!, /^real only: .*measured test error 0\.5/);
  assert.match(both!, /^cGAN-KD: .*measured test error 0\.1/);
  const svg = await chart.toSVG();
  assert.match(svg, /mean \|error\|, 1 = 90 degrees/);
  assert.match(svg, /RC-49 \(rendered by us\)/);
});

Deno.test("boundFigure() turns percent into error rates", async () => {
  const classes: Task = { kind: "classification", classes: 2, classNames: ["a", "b"] };
  const chart = await boundFigure(...measured(classes, [20, 15]));
  assert.match(chart.facts[0]!, /measured test error 0\.2/);
  assert.match(await chart.toSVG(), /error rate, 1 = 100 %/);
});

Deno.test("measuredErrors() compares the same networks over the same seeds", () => {
  const student = (name: string, method: string, seed: number, value: number) =>
    ({ cell: { student: name, method }, seed, record: { value } }) as unknown as StudentResult;
  const both = [1, 2].flatMap((seed) => [
    student("A", "NOKD", seed, 10 * seed),
    student("A", "cGAN-KD", seed, 5 * seed),
    student("B", "NOKD", seed, 30),
    student("B", "cGAN-KD", seed, 20),
  ]);
  const half = [student("C", "NOKD", 1, 1000), student("A", "NOKD", 3, 1000)];
  assert.deepEqual(measuredErrors([...both, ...half]), [
    { cell: "real only", values: [20, 25] },
    { cell: "cGAN-KD", values: [12.5, 15] },
  ]);
  assert.deepEqual(measuredErrors(half.slice(0, 1)), [{ cell: "real only", values: [1000] }]);
  assert.deepEqual(measuredErrors([]), []);
});
