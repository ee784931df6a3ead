/** Images for labels that the reader chooses. */
import { checkRun } from "../../chain/check_run.ts";
import type { ExperimentRun } from "../../chain/run.ts";
import { checkRequest, labelOf, type SampleRequest } from "../../chain/sample_request.ts";
import { gridByLabel, type ImageGrid } from "../../report/all_grids.ts";
import { titled } from "../titled.ts";

/** A row of images for each label of a request; at most 16 of each are shown, and all were drawn. */
export async function sampleGrid(run: ExperimentRun, request: SampleRequest): Promise<ImageGrid> {
  checkRun("figures.sampleGrid()", run);
  checkRequest("figures.sampleGrid()", request);
  const set = await run.sample({ count: 16, ...request });
  // Relabelled images of one request may carry any label; they are shown as they were drawn.
  const labels = [request.label].flat();
  const each = set.labels.length / labels.length;
  const { task } = run.dataset.train;
  const asDrawn = labels.flatMap((label) => new Array<number>(each).fill(labelOf(task, label)));
  return gridByLabel(
    [{
      name: request.processed ? "processed fakes" : "fakes",
      set: { ...set, labels: Float32Array.from(asDrawn) },
    }],
    {
      title: titled(run, request.processed ? "Processed fakes of a label" : "Fakes of a label"),
      labels: [...new Set(asDrawn)],
      each: Math.min(16, each),
    },
  );
}
