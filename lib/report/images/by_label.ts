/** A row of images for each label, several sets beside each other. */
import type { LabelledImages } from "../../base/contracts.ts";
import { ImageGrid } from "./grid.ts";
import { commonShape, gather, type GridGroup } from "./pieces.ts";

/**
 * A row for each label with the first images of each set that carry it, for instance real beside
 * fake by class. Places without an image stay white.
 *
 * @param groups Sets to show beside each other, all of one image shape.
 * @param options `labels`: the rows, at most 10 classes by default, or six spread over the range of
 *   continuous labels, where the nearest images are taken; `each`: images a label and set (5).
 * @throws RangeError if there is no set or the shapes differ.
 */
export function gridByLabel(
  groups: readonly GridGroup[],
  options: { labels?: readonly number[]; each?: number; title?: string; scale?: number } = {},
): ImageGrid {
  const shape = commonShape(groups);
  const { task } = groups[0]!.set;
  const each = options.each ?? 5;
  const labels = options.labels ??
    (task.kind === "classification"
      ? Array.from({ length: Math.min(10, task.classes) }, (_, label) => label)
      : Array.from({ length: 6 }, (_, i) => task.minimum + (task.maximum - task.minimum) * i / 5));
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
    ...(options.title === undefined ? {} : { title: options.title }),
    ...(options.scale === undefined ? {} : { scale: options.scale }),
    rowLabels: labels.map((label) =>
      task.kind === "classification"
        ? task.classNames[label] ?? String(label)
        : `${Math.round(10 * label) / 10} ${task.unit}`
    ),
    blocks: groups.map(({ name }) => name),
  });
}

/** Positions of the first `count` images of a class, or of those nearest to a continuous label. */
function pickByLabel(set: LabelledImages, label: number, count: number): number[] {
  const { labels, task } = set;
  const places = Array.from(labels, (_, index) => index);
  if (task.kind === "classification") {
    return places.filter((index) => labels[index] === label).slice(0, count);
  }
  const distance = (index: number) => Math.abs(labels[index]! - label);
  return places.sort((a, b) => distance(a) - distance(b) || a - b).slice(0, count);
}
