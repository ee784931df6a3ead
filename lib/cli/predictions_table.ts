/** What a student says of files, as a table. */
import type { Prediction } from "../chain/predict_files.ts";
import type { StoredStudent } from "../chain/stored_student.ts";
import { DataTable } from "../report/tables.ts";

/** A row for each file that could be read; undefined where none could. */
export function predictionsTable(
  { task, title, imageSize, id }: Pick<StoredStudent, "task" | "title" | "imageSize" | "id">,
  predictions: readonly Prediction[],
): DataTable | undefined {
  const read = predictions.filter(({ failure }) => failure === undefined);
  if (read.length === 0) return undefined;
  const isClass = task.kind === "classification";
  return DataTable.of({
    title: `${title} (${id}), images as ${imageSize} x ${imageSize} pixels`,
    columns: [
      { key: "file", title: "file" },
      { key: "label", title: isClass ? "class" : task.unit, digits: 2 },
      ...(isClass ? [{ key: "probability", title: "probability", digits: 3 }] : []),
    ],
    rows: read.map((row) => ({ ...row })),
  });
}
