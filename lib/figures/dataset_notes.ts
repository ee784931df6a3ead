/** What a data set is, where it comes from, and what of it is not used. */
import type { Dataset } from "../base/contracts.ts";
import { inspectionRows, type UtkfaceInspection } from "../data/utkface/inspection.ts";
import type { DescribedDataset } from "../data/parts/all_images.ts";
import { DataTable } from "../report/tables.ts";
import type { ExperimentRun } from "../chain/run.ts";

/** Names that are shown of the files of one rule. */
const EXAMPLES = 3;

/**
 * The data of a run in numbers: images and labels of each part, repeated images, checksum, source. For UTKFace
 * also the files that were skipped, counted by rule, with some of their names.
 */
export function datasetNotes({ dataset }: Pick<ExperimentRun, "dataset">): DataTable {
  const inspection = inspectionOf(dataset);
  const rows = [...partsOf(dataset), ...(inspection === undefined ? [] : skippedOf(inspection))];
  return DataTable.of({
    title: `${dataset.name} ${dataset.setting}`,
    columns: [
      { key: "what", title: "what" },
      { key: "images", title: "images", digits: 0 },
      { key: "remark", title: "remark" },
      ...(inspection === undefined ? [] : [{ key: "examples", title: "for instance" }]),
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

function partsOf(dataset: DescribedDataset): Row[] {
  const { train, test, subtrain, subvalid, originals = train.labels.length } = dataset;
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

/** The official folder and the authors' file are inspected as they are read. */
function inspectionOf(dataset: Dataset): UtkfaceInspection | undefined {
  return (dataset as { inspection?: UtkfaceInspection }).inspection;
}

function skippedOf(inspection: UtkfaceInspection): Row[] {
  const names = new Map<string, string[]>();
  for (const { name, rule, detail } of inspection.skipped) {
    const known = names.get(`skipped: ${rule}`) ?? [];
    known.push(detail === "" ? name : `${name} (${detail})`);
    names.set(`skipped: ${rule}`, known);
  }
  return inspectionRows(inspection).map(({ step, files, remark }) => {
    const found = names.get(step) ?? [];
    const more = found.length > EXAMPLES ? ", …" : "";
    return {
      what: step === "found"
        ? `${inspection.origin === "folder" ? "files" : "images"} found`
        : step,
      images: files,
      remark,
      examples: found.slice(0, EXAMPLES).join(", ") + more,
    };
  });
}
