/** What a generator's residual block does with its layers, whichever GAN they are of. */
import type { Mode } from "../../base/module.ts";
import { passOn } from "../../base/pass_on.ts";
import { tf } from "../../base/tf.ts";
import { joinBranches } from "../../native/gan/residual.ts";
import type { BranchConvolution } from "./branch_convolution.ts";
import type { ConditionalLayer } from "./conditional_batch_norm.ts";

/** Maps of twice the side from maps and a condition. */
export type GeneratorBlock = (
  x: tf.Tensor4D,
  condition: tf.Tensor2D,
  mode: Mode,
) => tf.Tensor4D;

/** Layers of a block in the order of a pass; the shortcut is a 1 x 1 convolution beside them. */
export interface UpResidualLayers {
  readonly norm1: ConditionalLayer;
  /** Its convolution up-samples. */
  readonly conv1: BranchConvolution;
  readonly norm2: ConditionalLayer;
  readonly conv2: BranchConvolution;
  readonly shortcut: BranchConvolution;
}

/** Norm, ReLU, up, conv, norm, ReLU, conv, plus the up-sampled input after the shortcut. */
export function upResidual(
  { norm1, conv1, norm2, conv2, shortcut }: UpResidualLayers,
): GeneratorBlock {
  return (x, condition, mode) => {
    const activation = "relu";
    return passOn<tf.Tensor4D>(
      () => norm1(x, condition, mode, { activation }),
      [
        (active) => conv1(active, mode).x,
        (wide) =>
          norm2(wide, condition, mode, { bias: conv1.bias, activation, isLastReader: true }),
        (active) => conv2(active, mode).x,
        // A 1 x 1 convolution commutes with nearest up-sampling, and is four times cheaper before it.
        (main) => joinBranches({ x: main, bias: conv2.bias }, shortcut(x, mode)),
      ],
      { frees: !mode.training },
    );
  };
}
