/** What every loader promises of a data set, looked at once before anything is trained on it. */
import type { Dataset, LabelledImages, Task } from "../../base/contracts.ts";
import { shortLabel } from "../../base/short_label.ts";

/**
 * Checks that the parts of a data set fit together: a loader that mixes up images and labels shows here, and not in a
 * result. Pixels are not read.
 *
 * @throws {RangeError} Names what was found and what is wanted.
 */
export function checkDataset(dataset: Dataset): void {
  const { train, test, subtrain, subvalid, originals, subtrainOriginals } = dataset;
  const want = (isSo: boolean, found: string, wanted: string) => {
    if (isSo) return;
    throw new RangeError(
      `Cannot use data set "${dataset.name}", setting "${dataset.setting}": found ${found}, want ${wanted}`,
    );
  };
  for (const key of ["name", "setting", "checksum", "source"] as const) {
    want(Boolean(dataset[key]), `no ${key}`, "one");
  }
  for (const key of ["types", "others", "inspection"] as const) {
    want(dataset[key] !== undefined, `no ${key}`, 'it, or "none"');
  }
  want(
    typeof dataset.mayBePublished === "boolean",
    `mayBePublished = ${dataset.mayBePublished}`,
    "true or false",
  );
  const origins = ["real", "rendered", "toy"];
  for (const { origin } of [train, test]) {
    want(origins.includes(origin), `images that are "${origin}"`, origins.join(", "));
  }
  checkTask(train.task, want);
  const sides = ({ images: { shape } }: LabelledImages) =>
    `${shape.height} x ${shape.width} x ${shape.channels}`;
  for (const [part, set] of [["training", train], ["test", test]] as const) {
    const { images, labels } = set;
    want(images.count > 0, `no ${part} image`, "some");
    want(
      labels.length === images.count,
      `${labels.length} labels of ${images.count} ${part} images`,
      "one each",
    );
    const wrong = labels.findIndex((label) => !isLabel(label, train.task));
    want(wrong < 0, `label ${labels[wrong]} at ${part} image ${wrong}`, rangeOf(train.task));
  }
  want(
    sides(train) === sides(test),
    `training images of ${sides(train)} and test images of ${sides(test)}`,
    "one size",
  );
  want(train.images.shape.channels === 3, `images of ${sides(train)}`, "3 channels");
  want(test.task === train.task, "another task for test images", "that of the training images");
  want(
    Number.isInteger(originals) && originals > 0 && originals <= train.labels.length,
    `originals = ${originals}`,
    `an integer from 1 to ${train.labels.length}, the training images`,
  );
  want(
    Number.isInteger(subtrainOriginals) && subtrainOriginals >= 0 &&
      subtrainOriginals <= subtrain.length && (subtrainOriginals > 0 || subtrain.length === 0),
    `subtrainOriginals = ${subtrainOriginals}`,
    `an integer from 1 to ${subtrain.length}, the images of subtrain`,
  );
  const inSubtrain = new Set(subtrain);
  for (const [name, positions] of Object.entries({ subtrain, subvalid })) {
    const wrong = positions.find((position) => position >= train.labels.length);
    want(wrong === undefined, `position ${wrong} in ${name}`, `0 to ${train.labels.length - 1}`);
  }
  const both = subvalid.find((position) => inSubtrain.has(position));
  want(both === undefined, `position ${both} in subtrain and subvalid`, "it in one of them");
  checkTypes(dataset, want);
  checkInspection(dataset, want);
}

type Want = (isSo: boolean, found: string, wanted: string) => void;

function checkTask(task: Task, want: Want): void {
  if (task.kind === "classification") {
    const { classes, classNames } = task;
    want(Number.isInteger(classes) && classes >= 2, `${classes} classes`, "2 or more");
    want(
      classNames.length === classes,
      `${classNames.length} names of ${classes} classes`,
      "one each",
    );
    return;
  }
  const { minimum, maximum, scale, labels } = task;
  want(
    minimum >= 0 && minimum < maximum && maximum <= scale,
    `labels from ${minimum} to ${maximum} of scale ${scale}`,
    "0 <= minimum < maximum <= scale, since networks see label / scale in [0, 1]",
  );
  want(labels.length > 0, "no label to draw fakes for", "some");
  const wrong = labels.findIndex((label, i) =>
    !isLabel(label, task) || label <= (labels[i - 1] ?? -1)
  );
  want(
    wrong < 0,
    `label ${labels[wrong]} at place ${wrong} of the task's labels`,
    "ascending float32 in range",
  );
}

function isLabel(label: number, task: Task): boolean {
  if (task.kind === "classification") {
    return Number.isInteger(label) && label >= 0 && label < task.classes;
  }
  return Math.fround(label) === label && label >= task.minimum && label <= task.maximum;
}

function rangeOf(task: Task): string {
  return task.kind === "classification"
    ? `integers from 0 to ${task.classes - 1}`
    : `${shortLabel(task.minimum)} to ${shortLabel(task.maximum)} ${task.unit}`;
}

function checkTypes({ types, train, test }: Dataset, want: Want): void {
  if (types === "none") return;
  for (
    const [part, kinds, { labels }] of [["train", types.train, train], [
      "test",
      types.test,
      test,
    ]] as const
  ) {
    want(
      kinds.length === labels.length,
      `${kinds.length} types.${part} of ${labels.length} images`,
      "one each",
    );
    const wrong = kinds.find((kind) => kind >= types.count);
    want(wrong === undefined, `type ${wrong} in types.${part}`, `0 to ${types.count - 1}`);
  }
}

function checkInspection({ inspection }: Dataset, want: Want): void {
  if (inspection === "none") return;
  const { counted, found, kept, skipped } = inspection;
  const lost = skipped.reduce((sum, { files }) => sum + files.length, 0);
  want(
    found === kept + lost,
    `${found} ${counted}, ${kept} kept and ${lost} skipped`,
    "found = kept + skipped",
  );
}
