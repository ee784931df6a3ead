/** The end of BigGAN's discriminators: how real maps look, and how well they go with a condition. */
import { constant } from "../../base/module.ts";
import type { Mode, Scope } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import { relu } from "../../native/maps/activation.ts";
import type { DiscriminatorOutput } from "../gan.ts";
import { snLinear } from "./biggan_layers.ts";

/** Options of `projectionHead`. */
export interface ProjectionHeadOptions {
  /** Channels of the last maps. */
  readonly features: number;
  readonly conditionSize: number;
  /** With a classifier head. */
  readonly auxiliaryClassifier?: boolean;
}

/** Last maps to D(x, y) = w · h + b + ⟨h, W y⟩ with h = Σ ReLU(x) over the pixels; logits of y where wanted. */
export function projectionHead(
  root: Scope,
  { features, conditionSize, auxiliaryClassifier = false }: ProjectionHeadOptions,
): (x: tf.Tensor4D, condition: tf.Tensor2D, mode: Mode) => DiscriminatorOutput {
  const score = snLinear(root.at("score"), { in: features, out: 1 });
  const projection = snLinear(root.at("projection"), {
    in: conditionSize,
    out: features,
    bias: false,
  });
  const classify = auxiliaryClassifier
    ? snLinear(root.at("classifier"), { in: features, out: conditionSize })
    : undefined;
  const sharpness = auxiliaryClassifier
    ? root.weight<tf.Rank.R0>("classifier/log_scale", [], constant(0))
    : undefined;
  return (x, condition, mode) => {
    const h: tf.Tensor2D = tf.sum(relu(x), [1, 2]);
    const agreement: tf.Tensor2D = tf.sum(h.mul(projection(condition, mode)), 1, true);
    const total = score(h, mode).add<tf.Tensor2D>(agreement);
    if (classify === undefined) return { score: total };
    // Spectral norm bounds the logits; a learnt scale lets the classifier grow sure of itself.
    const logits = classify(h, mode).mul<tf.Tensor2D>(tf.exp(sharpness!));
    return { score: total, classLogits: logits };
  };
}
