/** Residual blocks that BigGAN has at 32 x 32 and at 64 x 64 pixels. */
import type { Mode, Scope } from "../../base/module.ts";
import { tf } from "../../base/tf.ts";
import { biasAdd, relu } from "../../native/maps/activation.ts";
import { biasRelu, joinBranches, reluAndPool } from "../../native/gan/residual.ts";
import { BIGGAN_INIT, snConv } from "./biggan_layers.ts";
import { conditionalBatchNorm, type ConditionMap } from "./conditional_batch_norm.ts";
import { convAfterUpsample, convBeforeDownsample, convKeepingSize } from "./resampling_conv.ts";
import { type GeneratorBlock, upResidual } from "./up_residual.ts";

/** Options of `generatorBlock`. */
export interface GeneratorBlockOptions {
  readonly in: number;
  readonly out: number;
  /** Length of what its norms are conditioned on. */
  readonly conditionSize: number;
  /** Makes the maps from that to scale and offset; default: plain tables. */
  readonly map?: ConditionMap;
}

/** ccBN, ReLU, up, conv, ccBN, ReLU, conv, plus the up-sampled 1 x 1 shortcut. */
export function generatorBlock(
  scope: Scope,
  size: GeneratorBlockOptions,
): GeneratorBlock {
  const { conditionSize, map } = size;
  const norm = (name: string, channels: number) =>
    conditionalBatchNorm(scope.at(name), { channels, conditionSize, init: BIGGAN_INIT, map });
  const norm1 = norm("norm1", size.in);
  const conv1 = snConv(scope.at("conv1"), { ...size, kernel: 3 }, convAfterUpsample);
  const norm2 = norm("norm2", size.out);
  const conv2 = snConv(scope.at("conv2"), { in: size.out, out: size.out, kernel: 3 });
  const shortcut = snConv(scope.at("shortcut"), { ...size, kernel: 1 });
  return upResidual({ norm1, conv1, norm2, conv2, shortcut });
}

/** [ReLU,] conv, ReLU, conv, [pool], plus a shortcut that reads the raw input. */
export function discriminatorBlock(
  scope: Scope,
  size: { in: number; out: number; down: boolean; first?: boolean },
): (x: tf.Tensor4D, mode: Mode) => tf.Tensor4D {
  const conv1 = snConv(scope.at("conv1"), { in: size.in, out: size.out, kernel: 3 });
  const conv2 = snConv(
    scope.at("conv2"),
    { in: size.out, out: size.out, kernel: 3 },
    size.down ? convBeforeDownsample : convKeepingSize,
  );
  const hasShortcut = size.in !== size.out || size.down;
  const shortcut = hasShortcut
    ? snConv(scope.at("shortcut"), { in: size.in, out: size.out, kernel: 1 })
    : undefined;
  return (x, mode) => {
    const { active, kept } = readings(x, size);
    const hidden = conv1(active, mode);
    const main = conv2(biasRelu(hidden.x, hidden.bias), mode);
    return shortcut === undefined
      ? biasAdd(main.x, main.bias).add(kept)
      : joinBranches(main, shortcut(kept, mode));
  };
}

/**
 * What the two branches of a discriminator's block read: the map after a ReLU, unless it is the image, and
 * the raw map, pooled before its 1 x 1 convolution, with which pooling commutes, as that is four times
 * cheaper.
 */
function readings(
  x: tf.Tensor4D,
  { down, first = false }: { down: boolean; first?: boolean },
): { active: tf.Tensor4D; kept: tf.Tensor4D } {
  if (first) return { active: x, kept: down ? tf.avgPool(x, 2, 2, "valid") : x };
  if (!down) return { active: relu(x), kept: x };
  const { active, small } = reluAndPool(x, { pooled: "raw" });
  return { active, kept: small };
}
