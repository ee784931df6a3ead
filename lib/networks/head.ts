/** Last layers: a linear classifier, or the three-layer head of the regression networks. */
import type { Mode, Scope } from "../base/module.ts";
import { tf } from "../base/tf.ts";
import { relu } from "../native/maps/activation.ts";
import { batchNormVector, linear, type VectorLayer } from "./layers.ts";
import type { NetworkOptions } from "./network.ts";

/**
 * Classification: Linear features → outputs. Regression (method specification 5.4): Linear → 128, BN, ReLU,
 * Linear → 128, BN, ReLU, Linear → 1, ReLU; its output is >= 0 in units of the label scale.
 */
export function outputHead(
  scope: Scope,
  features: number,
  options: Pick<NetworkOptions, "head" | "outputs">,
): VectorLayer {
  if (options.head === "classification") {
    return linear(scope, { in: features, out: options.outputs });
  }
  const hidden = 128;
  const first = linear(scope.at("linear1"), { in: features, out: hidden });
  const norm1 = batchNormVector(scope.at("norm1"), { channels: hidden });
  const second = linear(scope.at("linear2"), { in: hidden, out: hidden });
  const norm2 = batchNormVector(scope.at("norm2"), { channels: hidden });
  const last = linear(scope.at("linear3"), { in: hidden, out: options.outputs });
  return (x: tf.Tensor2D, mode: Mode) => {
    const h1 = relu(norm1(first(x, mode), mode));
    return relu(last(relu(norm2(second(h1, mode), mode)), mode));
  };
}
