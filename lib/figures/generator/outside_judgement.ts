/** What a judge that nobody here trained says of the fakes. */
import { checkOptionNames } from "../../base/check_argument.ts";
import { checkRun } from "../../chain/check_run.ts";
import type { OutsideJudgementOptions } from "../../chain/outside_judgement.ts";
import type { ExperimentRun } from "../../chain/run.ts";
import { DataTable } from "../../report/tables.ts";
import { measuredOn, titled } from "../titled.ts";

/**
 * Labels of real images, fakes and processed fakes, as a judge from elsewhere sees them. Other people trained it, so it has
 * less in common with the teacher than a network of this run; the note says which images it may have learned from.
 */
export async function outsideJudgementTable(
  run: ExperimentRun,
  options: OutsideJudgementOptions = {},
): Promise<DataTable> {
  const call = "figures.outsideJudgementTable()";
  checkRun(call, run);
  checkOptionNames(call, options, {
    known: { judge: true },
    example: '{ judge: await kerasJudge({ path: "my.h5" }) }',
  });
  const { judge, sets } = await run.outsideJudgement(options);
  const { task } = run.dataset.train;
  const isClass = task.kind === "classification";
  return DataTable.of({
    title: titled(run, `Labels as ${judge.title} sees them`),
    columns: [
      { key: "what", title: "images" },
      { key: "images", title: "number", digits: 0 },
      {
        key: "labels",
        title: isClass ? "labels confirmed (%)" : `off by (${task.unit})`,
        digits: isClass ? 1 : 2,
      },
    ],
    rows: sets.map(({ labels, ...set }) => ({ ...set, labels: isClass ? 100 * labels : labels })),
    notes: [
      `${judge.remark} Held-out images are the ${
        measuredOn(run)
      } images; fakes have the labels that they were drawn for, ` +
      "processed fakes those that students see.",
    ],
  });
}
