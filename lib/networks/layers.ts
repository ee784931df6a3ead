/**
 * Layers as functions: a factory takes a `Scope` for its weights and returns the forward pass.
 * Semantics and defaults are PyTorch's, in channels-last layout.
 */
export * from "./layers/layer.ts";
export * from "./layers/convolution.ts";
export * from "./layers/linear.ts";
export * from "./layers/batch_norm.ts";
export * from "./layers/group_norm.ts";
export { dropout } from "./layers/dropout.ts";
export * from "./layers/shape.ts";
