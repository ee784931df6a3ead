/** Label Score: how far the label that fakes show is from the label that they were drawn for. */
import type { Task } from "../base/contracts.ts";
import { groupByLabel, type GroupOptions, type OverLabels, overLabels } from "./label_groups.ts";

/** Fakes as the label that a regressor reads off them and the one that they were drawn for. */
export interface ReadLabels {
  /** The regressor's outputs in dataset units, not clipped. */
  readonly predicted: ArrayLike<number>;
  /** In dataset units. */
  readonly labels: ArrayLike<number>;
  readonly task: Task;
}

/** Label Score, in the unit of the labels; lower is better. */
export interface LabelScore extends OverLabels {
  /** In the order of the centres. */
  readonly perLabel: readonly { readonly label: number; readonly error: number }[];
  /** Over all fakes of the set at once, whatever their label. */
  readonly allFakes: { readonly mean: number; readonly deviation: number };
}

/**
 * For every label the mean |ŷ − y| over its fakes; then mean, standard deviation and extremes over labels,
 * and mean and deviation over all fakes (method specification 7.4).
 *
 * @throws {TypeError} Predictions and labels differ in number.
 * @throws {RangeError} A label has no fake, or a prediction is not finite.
 */
export function labelScore(
  { predicted, labels, task }: ReadLabels,
  options: GroupOptions = {},
): LabelScore {
  if (predicted.length !== labels.length) {
    throw new TypeError(
      `Cannot score labels: found ${predicted.length} predictions for ${labels.length} labels, ` +
        `want equal counts`,
    );
  }
  const errors = Array.from(labels, (label, i) => {
    const error = Math.abs(predicted[i]! - label);
    if (Number.isFinite(error)) return error;
    throw new RangeError(
      `Cannot score image ${i}: found prediction ${predicted[i]} for label ${label}, want finite ` +
        `numbers`,
    );
  });
  const perLabel = groupByLabel(labels, task, options).map(({ label, positions }) => {
    if (positions.length === 0) {
      throw new RangeError(`Cannot score label ${label}: found no fake image`);
    }
    const sum = positions.reduce((total, position) => total + errors[position]!, 0);
    return { label, error: sum / positions.length };
  });
  const { mean, deviation } = overLabels(errors);
  return {
    ...overLabels(perLabel.map(({ error }) => error)),
    perLabel,
    allFakes: { mean, deviation },
  };
}
