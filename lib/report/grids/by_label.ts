/** A row of images for each label, several sets beside each other. */
import { checkList, checkOptionNames } from "../../base/check_argument.ts";
import type { LabelledImages } from "../../base/contracts.ts";
import { labelText } from "../../base/short_label.ts";
import { ImageGrid } from "./grid.ts";
import { type ImageGridOptions } from "./layout.ts";
import {
  commonShape,
  evenlyOf,
  gather,
  type GridGroup,
  GROUPS,
  HEAD,
  headOf,
  spreadLabels,
} from "./pieces.ts";

/**
 * A row for each label with images of each set that carry it, taken evenly over the set, for instance
 * real beside fake by class. Places without an image stay white.
 *
 * @param groups Sets to show beside each other, all of one image shape.
 * @param options `labels`: the rows, at most 10 classes by default, or six of the first set's continuous
 *   labels, where a set with fewer images of a label shows the nearest; `each`: images per label and set (5).
 * @throws RangeError if there is no set or the shapes differ.
 */
export function gridByLabel(
  groups: readonly GridGroup[],
  options: Pick<ImageGridOptions, "title" | "finding" | "scale"> & {
    labels?: readonly number[];
    each?: number;
  } = {},
): ImageGrid {
  checkList("gridByLabel()", groups, GROUPS);
  checkOptionNames("gridByLabel()", options, {
    known: { ...HEAD, labels: true, each: true },
    example: "{ each: 3 }",
  });
  const shape = commonShape(groups);
  const { task } = groups[0]!.set;
  const each = options.each ?? 5;
  const labels = options.labels ??
    (task.kind === "classification"
      ? Array.from({ length: Math.min(10, task.classes) }, (_, label) => label)
      : spreadLabels([...new Set(groups[0]!.set.labels)].sort((a, b) => a - b), 6));
  const pieces = labels.flatMap((label) =>
    groups.flatMap(({ set }) => {
      const picked = pickByLabel(set, label, each);
      return Array.from({ length: each }, (_, place) => {
        const index = picked[place];
        return index === undefined ? undefined : { images: set.images, index };
      });
    })
  );
  return new ImageGrid(gather(pieces, shape), {
    columns: each * groups.length,
    ...headOf(options),
    rowLabels: labels.map((label) =>
      task.kind === "classification"
        ? task.classNames[label] ?? String(label)
        : `${labelText(label, task)} ${label === 1 ? task.unit.replace(/s$/, "") : task.unit}`
    ),
    blocks: groups.map(({ name }) => name),
  });
}

/** Positions of `count` images of a label, or of those nearest to a continuous label that too few have. */
function pickByLabel(set: LabelledImages, label: number, count: number): number[] {
  const { labels, task } = set;
  const places = Array.from(labels, (_, index) => index);
  const own = places.filter((index) => labels[index] === label);
  if (task.kind === "classification" || own.length >= count) return evenlyOf(own, count);
  const distance = (index: number) => Math.abs(labels[index]! - label);
  return places.sort((a, b) => distance(a) - distance(b) || a - b).slice(0, count);
}
