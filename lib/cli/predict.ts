/** `deno task predict STUDENT FILE ...`: what a trained network says of image files; without words, the list of students. */
import { join } from "../base/disk/path.ts";
import { isFinished, readRecords } from "../base/disk/records.ts";
import { Store } from "../base/disk/store.ts";
import { DataTable } from "../report/tables.ts";
import { parseTask, PRESET_NAMES } from "./arguments.ts";
import { EXPERIMENTS } from "./experiments.ts";
import { runMain, UsageError } from "./main.ts";
import { predictionsTable } from "./predictions_table.ts";

const USAGE = "deno task predict [STUDENT FILE ...]\n" +
  '       STUDENT is a name such as "student-df58fa67", from the list that the task prints without words';
const RESULTS = join(import.meta.dirname!, "..", "..", "results");

await runMain(async () => {
  const { words } = parseTask(Deno.args, { usage: USAGE, options: {} });
  const [name, ...files] = words;
  const store = new Store(join(RESULTS, ".work"), join(RESULTS, "parts"));
  if (name === undefined) {
    console.log((await studentsHere(store)).toText());
    return;
  }
  if (files.length === 0) {
    throw new UsageError(`Cannot predict: found no file, want JPEG or PNG files\nUsage: ${USAGE}`);
  }
  // After the command line was checked: these load TensorFlow.
  const { openStudent } = await import("../chain/stored_student.ts");
  const { predictFiles } = await import("../chain/predict_files.ts");
  const student = await openStudent(store, name);
  const predictions = await predictFiles(student, files);
  const table = predictionsTable(student, predictions);
  if (table !== undefined) console.log(table.toText());
  const failed = predictions.filter(({ failure }) => failure !== undefined);
  for (const { failure } of failed) console.error(failure);
  return failed.length === 0 ? 0 : 1;
});

/** Students of all records whose weights are on this machine. */
async function studentsHere(store: Store): Promise<DataTable> {
  const rows: Record<string, string | number>[] = [];
  for (const experiment of Object.keys(EXPERIMENTS)) {
    for (const preset of PRESET_NAMES) {
      for (const record of await readRecords(RESULTS, experiment, preset)) {
        const { student } = record.stages;
        if (student === undefined || !isFinished(record) || !(await store.has(student))) continue;
        const { cell, seed, value, unit } = record;
        rows.push({
          name: student,
          experiment: `${experiment}, ${preset}`,
          student: `${cell.student}, ${cell.method} on ${cell.setting}, seed ${seed}`,
          error: `${value.toFixed(2)} ${unit}`,
        });
      }
    }
  }
  return DataTable.of({
    title: "Trained students on this machine",
    columns: ["name", "experiment", "student", "error"].map((key) => ({ key, title: key })),
    rows,
    notes: rows.length === 0
      ? [
        'None yet: "deno task run cifar10" trains some. Records of other machines come without weights.',
      ]
      : [
        "Weights: results/.work/NAME/arrays.safetensors; in a notebook openStudent and predictFiles.",
      ],
  });
}
