/** Strips: the label axis from left to right, an image at each of some labels. */
import { checkArgument, checkList, checkOptionNames } from "../../base/check_argument.ts";
import type { LabelledImages, Task } from "../../base/contracts.ts";
import { labelText } from "../../base/short_label.ts";
import { positionsByLabel } from "../../data/parts/split.ts";
import { ImageGrid } from "./grid.ts";
import type { ImageGridOptions } from "./layout.ts";
import {
  commonShape,
  evenlyOf,
  gather,
  type GridGroup,
  GROUPS,
  HEAD,
  headOf,
  LABELLED,
  spreadLabels,
} from "./pieces.ts";

/** Titles and magnification of a strip. */
export type StripOptions = Pick<ImageGridOptions, "title" | "finding" | "scale">;

/**
 * Generated images along the label axis: columns are labels, rows are latents. With a latent of its own
 * for every image it shows what the generator draws; with one latent per row, the effect of the label only.
 *
 * @param set Row by row, every row with the same labels in the same order.
 * @param options `columns`: labels of a row; found from where the labels begin again when left out.
 *   `rowNames`: one for each row, for instance "latent 1".
 * @throws RangeError if the rows do not carry the same labels.
 */
export function labelStrip(
  set: LabelledImages,
  options: StripOptions & { columns?: number; rowNames?: readonly string[] } = {},
): ImageGrid {
  checkArgument("labelStrip()", set, LABELLED);
  checkOptionNames("labelStrip()", options, {
    known: { ...HEAD, columns: true, rowNames: true },
    example: "{ columns: 10 }",
  });
  const { labels, task, images } = set;
  const again = labels.findIndex((label, i) => i > 0 && label === labels[0]);
  const columns = options.columns ?? (again === -1 ? labels.length : again);
  const rows = labels.length / columns;
  if (!Number.isInteger(rows) || rows === 0) {
    throw new RangeError(
      `Cannot draw a strip: found ${labels.length} images for ${columns} labels, want whole rows`,
    );
  }
  labels.forEach((label, i) => {
    if (label === labels[i % columns]) return;
    throw new RangeError(
      `Cannot draw a strip: found label ${label} in row ${
        Math.floor(i / columns) + 1
      } below label ` +
        `${labels[i % columns]}, want the same labels in every row`,
    );
  });
  return new ImageGrid(images, {
    ...headings([...labels.subarray(0, columns)], task),
    ...(options.rowNames === undefined ? {} : { rowLabels: options.rowNames }),
    ...headOf(options),
  });
}

/**
 * Real above fake images at the very same labels, from left to right along the label axis. Places
 * without an image stay white; no image of a neighbouring label takes them.
 *
 * @param groups Sets to show below each other, all of one image shape.
 * @param options `labels`: the columns; ten, spread evenly over the labels that every set has, when left
 *   out. `each`: images per label and set (2).
 * @throws RangeError if there is no set, the shapes differ, or no label is common to all sets.
 */
export function stripByLabel(
  groups: readonly GridGroup[],
  options: StripOptions & { labels?: readonly number[]; each?: number } = {},
): ImageGrid {
  checkList("stripByLabel()", groups, GROUPS);
  checkOptionNames("stripByLabel()", options, {
    known: { ...HEAD, labels: true, each: true },
    example: "{ each: 3 }",
  });
  const shape = commonShape(groups);
  const each = options.each ?? 2;
  const places = groups.map(({ set }) => positionsByLabel(set.labels));
  const labels = (options.labels ?? spreadLabels(commonLabels(places), 10)).map(Math.fround);
  if (labels.length === 0) {
    const names = groups.map(({ name }) => `"${name}"`).join(" and ");
    throw new RangeError(
      `Cannot draw a strip of ${names}: found no common label, want at least 1`,
    );
  }
  const pieces = groups.flatMap(({ set }, k) =>
    Array.from({ length: each }, (_, row) =>
      labels.map((label) => {
        const index = evenlyOf([...places[k]!.get(label) ?? []], each)[row];
        return index === undefined ? undefined : { images: set.images, index };
      })).flat()
  );
  return new ImageGrid(gather(pieces, shape), {
    ...headings(labels, groups[0]!.set.task),
    rowLabels: groups.flatMap(({ name }) =>
      Array.from({ length: each }, (_, row) => row === 0 ? name : "")
    ),
    rowsPerBand: each,
    ...headOf(options),
  });
}

function headings(labels: readonly number[], task: Task): ImageGridOptions {
  if (task.kind === "classification") {
    return {
      columns: labels.length,
      columnLabels: labels.map((label) => task.classNames[label] ?? String(label)),
    };
  }
  return {
    columns: labels.length,
    columnTitle: `label (${task.unit})`,
    columnLabels: labels.map((label) => labelText(label, task)),
  };
}

/** Labels that every set has, ascending. */
function commonLabels(places: readonly Map<number, Uint32Array>[]): number[] {
  const [first, ...others] = places;
  return [...first!.keys()].filter((label) => others.every((set) => set.has(label)))
    .sort((a, b) => a - b);
}
