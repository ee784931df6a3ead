/** What a data set is, where it comes from, and what of it is not used. */
import type { Dataset, Inspection } from "../base/contracts.ts";
import { DataTable } from "../report/tables.ts";
import { checkRun } from "../chain/check_run.ts";
import type { ExperimentRun } from "../chain/run.ts";

/** Names that are shown of the files of one rule. */
const EXAMPLES = 3;

/**
 * The data of a run in numbers: images and labels of each part, repeated images, checksum, source; and what the
 * loader skipped and why, by rule, with some names (`run.dataset.inspection` has all of them).
 */
export function datasetNotes(run: Pick<ExperimentRun, "dataset">): DataTable {
  checkRun("figures.datasetNotes()", run);
  const { dataset } = run;
  const { inspection } = dataset;
  const rows = [...partsOf(dataset), ...(inspection === "none" ? [] : skippedOf(inspection))];
  return DataTable.of({
    title: `${dataset.name} ${dataset.setting}`,
    columns: [
      { key: "what", title: "what" },
      { key: "images", title: "images", digits: 0 },
      { key: "remark", title: "remark" },
      ...(inspection === "none" ? [] : [{ key: "examples", title: "for instance" }]),
    ],
    rows,
    notes: [`Source: ${dataset.source}`, `Checksum of what is used: ${dataset.checksum}`],
  });
}

interface Row {
  readonly [column: string]: string | number;
  readonly what: string;
  readonly images: number;
  readonly remark: string;
}

function partsOf({ train, test, subtrain, subvalid, originals }: Dataset): Row[] {
  const repeated = train.labels.length - originals;
  const shape = train.images.shape;
  return [
    {
      what: "training",
      images: train.labels.length,
      remark: `${labelsOf(train)}; ${shape.height} x ${shape.width} pixels`,
    },
    ...(repeated === 0 ? [] : [{
      what: "of these: repeated",
      images: repeated,
      remark: "labels with few images are filled up by their own; test images are not",
    }]),
    {
      what: subvalid.length === 0 ? "held out" : "test",
      images: test.labels.length,
      remark: labelsOf(test),
    },
    ...(subvalid.length === 0 ? [] : [{
      what: "sub-training, validation",
      images: subtrain.length + subvalid.length,
      remark:
        `${subtrain.length} and ${subvalid.length}, parts of the training images, to choose ` +
        "something by (split=validation)",
    }]),
  ];
}

function labelsOf({ labels, task }: Dataset["train"]): string {
  const distinct = new Set(labels);
  if (task.kind === "classification") return `${distinct.size} classes`;
  const sorted = [...distinct].sort((a, b) => a - b);
  const [low, high] = [sorted[0]!, sorted.at(-1)!].map((label) => Number(label.toPrecision(6)));
  return `${distinct.size} labels from ${low} to ${high} ${task.unit}`;
}

function skippedOf({ counted, found, kept, skipped, remarks }: Inspection): Row[] {
  return [
    { what: `${counted} found`, images: found, remark: "", examples: "" },
    ...skipped.map(({ rule, reason, files }) => ({
      what: `skipped: ${rule}`,
      images: files.length,
      remark: reason,
      examples:
        files.slice(0, EXAMPLES).map(({ name, detail }) =>
          detail === "" ? name : `${name} (${detail})`
        ).join(", ") + (files.length > EXAMPLES ? ", …" : ""),
    })),
    { what: "kept", images: kept, remark: "", examples: "" },
    ...remarks.map(({ what, images, remark }) => ({
      what: `of these: ${what}`,
      images,
      remark,
      examples: "",
    })),
  ];
}
