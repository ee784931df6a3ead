/** The dense layer. */
import { type Initialiser, type Scope, torchUniform } from "../../base/module.ts";
import type { tf } from "../../base/tf.ts";
import { product } from "../../native/vectors/hidden_layer.ts";
import { biasAdd } from "../../native/maps/activation.ts";
import type { VectorLayer } from "./layer.ts";

/** Options of `linear`. */
export interface LinearOptions {
  readonly in: number;
  readonly out: number;
  /** Default: true. */
  readonly bias?: boolean;
  readonly weightInit?: Initialiser;
  readonly biasInit?: Initialiser;
}

/** x · W + b; weight `[in, out]` (the transpose of PyTorch's), bias `[out]`. */
export function linear(scope: Scope, options: LinearOptions): VectorLayer {
  const init = torchUniform(options.in);
  const weight = scope.weight<tf.Rank.R2>(
    "weight",
    [options.in, options.out],
    options.weightInit ?? init,
  );
  const offset = options.bias ?? true
    ? scope.weight<tf.Rank.R1>("bias", [options.out], options.biasInit ?? init)
    : undefined;
  return (x, { precision }) => {
    const y = product(x, weight as tf.Tensor2D, precision);
    return offset === undefined ? y : biasAdd(y, offset);
  };
}
