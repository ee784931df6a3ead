/** `deno task predict STUDENT FILE ...`: what a trained network says of image files; without words, the list of students. */
import { join } from "../base/disk/path.ts";
import { Store } from "../base/disk/store.ts";
import { parseTask } from "./arguments.ts";
import { LeftOut } from "./left_out.ts";
import { runMain, UsageError } from "./main.ts";
import { predictionsTable } from "./predictions_table.ts";
import { studentsHere } from "./students_here.ts";

const USAGE = "deno task predict [STUDENT FILE ...]\n" +
  '       STUDENT is a name such as "student-df58fa67", from the list that the task prints without words';
const RESULTS = join(import.meta.dirname!, "..", "..", "results");

await runMain(async () => {
  const { words } = parseTask(Deno.args, { usage: USAGE, options: {} });
  const [name, ...files] = words;
  const store = new Store(join(RESULTS, ".work"), join(RESULTS, "parts"));
  if (name === undefined) {
    const damaged = new LeftOut();
    console.log((await studentsHere({ results: RESULTS, store }, damaged)).toText());
    return damaged.tell();
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
