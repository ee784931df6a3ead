/** What a student learns from fakes alone. */
import { checkRun } from "../../chain/check_run.ts";
import type { ExperimentRun } from "../../chain/run.ts";
import { DataTable } from "../../report/tables.ts";
import { measuredOn, titled } from "../titled.ts";

/** A student trained on fakes alone beside the same student on real images, both measured on held-out real images. */
export async function accuracyScoreTable(run: ExperimentRun): Promise<DataTable> {
  checkRun("figures.accuracyScoreTable()", run);
  const { fake, real, fakes } = await run.accuracyScore();
  const { metric } = run.experiment;
  const { train, test } = run.dataset;
  return DataTable.of({
    title: titled(run, "Classifier accuracy score"),
    columns: [
      { key: "images", title: "trained on" },
      { key: "count", title: "images", digits: 0 },
      { key: "error", title: `${metric.title} (${metric.unit})`, digits: 2 },
    ],
    rows: [
      { images: "real", count: train.labels.length, error: real.test },
      { images: "fakes alone, unprocessed", count: fakes, error: fake.test },
    ],
    notes: [
      `${real.title}, the same recipe for as many steps, one seed; ${
        test.labels.length.toLocaleString("en-US")
      } ${measuredOn(run)} images. The distance between the rows is what the ` +
      "generator lost of the classes or labels (Ravuri and Vinyals 2019).",
    ],
  });
}
