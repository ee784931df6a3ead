/**
 * Inputs that every operation of `lib/native/cpu/` takes, at the smallest shapes, and which of their sides may have
 * another length without any other input having to change.
 */
import { KERNEL_BF16 } from "../native/tensorflow/own_kernels.ts";

/** One call that runs. */
export interface NativeCall {
  /** In TensorFlow's registry. */
  readonly name: string;
  /**
   * Shapes separated by ";", sides by blanks. "*" after a side: another length is as good; "!": so is 0, or [0] for
   * the whole. "~" before a shape: so is another rank.
   */
  readonly inputs: string;
  readonly outputs: number;
  readonly ints?: Readonly<Record<string, number>>;
  readonly floats?: Readonly<Record<string, number>>;
  /** Inputs of integers, by their place. */
  readonly integers?: Readonly<Record<number, readonly number[]>>;
}

type Numbers = Readonly<Record<string, number>>;

const row = (
  name: string,
  inputs: string,
  outputs: number,
  ints: Numbers = {},
  floats: Numbers = {},
): NativeCall => ({ name: `CganKd${name}`, inputs, outputs, ints, floats });

const EPSILON = { epsilon: 1e-5 };
const MOVING = { ...EPSILON, momentum: 0.1 };
const WINDOWS = { stride: 1, before: 1 };
const WINDOWS3 = { ...WINDOWS, kernel: 3 };
/** Every second row and column: two heights have the same places. */
const HALVED = { stride: 2, before: 1 };

/** Calls whose factors are floats or bfloat16. */
function inEitherPrecision(calls: readonly NativeCall[]): NativeCall[] {
  return calls.flatMap((call) =>
    (KERNEL_BF16 === "missing" ? [0] : [0, 1]).map((bf16) => ({
      ...call,
      ints: { ...call.ints, bf16 },
    }))
  );
}

const PRODUCTS = [
  row("Conv", "2* 4* 6* 3; 3 3 3 5*", 1, { ...WINDOWS, after: 1 }),
  row("Conv", "2* 4* 6* 3; 4 4 3 5*", 1, { ...HALVED, after: 1 }),
  row("ConvInputGrad", "3 3 3* 5; 2* 4 6 5", 1, { ...WINDOWS, height: 4, width: 6 }),
  row("ConvInputGrad", "4 4 3* 5; 2* 2 3 5", 1, { ...HALVED, height: 4, width: 6 }),
  row("Winograd", "2* 4* 6* 8; 3 3 8 9*", 1, { before: 1, after: 1 }),
  row("WinogradInputGrad", "3 3 8* 9; 2* 4 6 9", 1, { before: 1, height: 4, width: 6 }),
  row("WinogradFilterGrad", "2 4 6 8*; 2 4 6 9*", 1, { before: 1 }),
  row("FilterGrad", "2 4 6 8*; 2 4 6 9*", 1, WINDOWS3),
  row("FilterGrad", "2 4 6 8*; 2 4 6 9*", 1, { kernel: 1, stride: 1, before: 0 }),
  row("Pointwise", "2* 4* 6* 3; 1 1 3 5*", 1, { stride: 1 }),
  row("PointwiseInputGrad", "2 4 6 3; 1 1 3 5; 2 4 6 5", 1, { stride: 1 }),
  row("PointwiseInputGrad", "2 5* 6* 3; 1 1 3 5; 2 3 3 5", 1, { stride: 2 }),
  row("PointwiseFilterGrad", "2 4 6 3*; 2 4 6 5*", 1, { stride: 1 }),
  row("PointwiseNormStep", "2* 4* 6* 3; 1 1 3 5; 5; 5; 5; 5", 6, {
    stride: 1,
    activation: 2,
    shortcuts: 0,
  }, MOVING),
  row("PointwiseNormStep", "2 4 6 3; 1 1 3 5; 5; 5; 2 4 6 5; 5; 5", 6, {
    stride: 1,
    activation: 0,
    shortcuts: 1,
  }, MOVING),
  row("PointwiseNormStepGrad", "2 4 6 5; 2 4 6 3; 1 1 3 5; 2 4 6 5; 5; 5; 5; 5", 4, {
    stride: 1,
    activation: 2,
  }),
];

const CONVOLUTIONS = [
  ...inEitherPrecision(PRODUCTS),
  row("FewChannelsFilterGrad", "2 4 6 3*; 2 4 6 9*", 1, WINDOWS3),
  row("PointwiseNorm", "2* 4* 6* 3; 1 1 3 5; 5; 5; 5; 5", 1, {
    stride: 1,
    activation: 1,
    shortcuts: 0,
  }, EPSILON),
  row("PointwiseNorm", "2 4 6 3; 1 1 3 5; 5; 5; 5; 5; 2 4 6 5", 1, {
    stride: 1,
    activation: 1,
    shortcuts: 1,
  }, EPSILON),
  row("Depthwise", "2* 4* 6* 8; 3 3 8 1", 1, { ...WINDOWS3, after: 1 }),
  row("Depthwise", "2* 4* 6* 8; 5 5 8 1", 1, { kernel: 5, stride: 2, before: 2, after: 2 }),
  row("DepthwiseNorm", "2* 4* 6* 8; 3 3 8 1; 8; 8; 8; 8", 1, {
    ...WINDOWS3,
    after: 1,
    activation: 3,
  }, EPSILON),
  row("DepthwiseGrad", "2 4 6 8; 3 3 8 1; 2 4 6 8", 2, WINDOWS3),
  row("DepthwiseNormStep", "2* 4* 6* 8; 3 3 8 1; 8; 8; 8; 8", 6, {
    ...WINDOWS3,
    after: 1,
    activation: 3,
    shortcuts: 0,
  }, MOVING),
  row("DepthwiseNormStepGrad", "2 4 6 8; 2 4 6 8; 3 3 8 1; 2 4 6 8; 8; 8; 8; 8", 4, {
    ...WINDOWS3,
    activation: 3,
  }),
];

const ONE = { activation: 1 };
const LISTS = { activation: 1, biases: 0, shortcuts: 0 };
const ALL = { activation: 1, biases: 1, shortcuts: 1 };

const NORMALISATIONS = [
  row("Norm", "~2* 4* 6* 5; 5; 5", 4, ONE, EPSILON),
  row("NormMoving", "~2* 4* 6* 5; 5; 5; 5; 5", 5, ONE, MOVING),
  row("NormMovingBias", "~2* 4* 6* 5; 5; 5; 5; 5; 5", 5, ONE, MOVING),
  row("NormGrad", "2 4 6 5; 2 4 6 5; 5; 5; 5; 5", 3, ONE),
  row("NormForkGrad", "2 4 6 5; 2 4 6 5; 5; 5; 5; 5; 2 4 6 5", 3, ONE),
  row("NormJoin", "2 4 6 3; 2 4 6 2; 5; 5", 5, ONE, EPSILON),
  row("NormJoinMoving", "2 4 6 3; 2 4 6 2; 5; 5; 5; 5", 6, ONE, MOVING),
  row(
    "NormJoinGrad",
    "2 4 6 5; 2 4 6 5; 5; 5; 5; 5; 2 4 6 5; 2 4 6 3; 2 4 6 2",
    4,
    ONE,
  ),
  row("NormPool", "2* 4 6 5; 5; 5", 4, {}, EPSILON),
  row("NormPoolMoving", "2* 4 6 5; 5; 5; 5; 5", 5, {}, MOVING),
  row("NormPoolMovingBias", "2* 4 6 5; 5; 5; 5; 5; 5", 5, {}, MOVING),
  row("NormPoolGrad", "2 2 3 5; 2 4 6 5; 5; 5; 5; 5", 3),
  row("NormInference", "~2*! 4*! 6*! 5; 5; 5; 5; 5", 1, LISTS, EPSILON),
  row("NormInference", "2 4 6 5; 5; 5; 5; 5; 5; 2 4 6 5", 1, ALL, EPSILON),
  row("NormInferenceGrad", "2 4 6 5; 2 4 6 5; 5; 5; 5; 5", 1, LISTS, EPSILON),
  row("NormInferenceGrad", "2 4 6 5; 2 4 6 5; 5; 5; 5; 5; 5; 2 4 6 5", 1, ALL, EPSILON),
  row("NormInferenceSlope", "2 4 6 5; 2 4 6 5; 5; 5; 5; 5; 5; 2 4 6 5", 1, ALL, EPSILON),
  row("NormInferencePool", "2* 4 6 5; 5; 5; 5; 5; 5", 1, { biases: 1 }, EPSILON),
  row("NormInferencePoolGrad", "2 2 3 5; 2 4 6 5; 5; 5; 5; 5; 5", 1, { biases: 1 }, EPSILON),
  row("NormInferencePoolSlope", "2 2 3 5; 2 4 6 5; 5; 5; 5; 5", 1, { biases: 0 }, EPSILON),
  row("MapGroupNorm", "3 4* 6* 8; 3 8; 3 8", 3, { activation: 3, groups: 2 }, EPSILON),
  row("MapGroupNorm", "3* 4* 6* 8; 1 8; 1 8", 3, { activation: 3, groups: 2 }, EPSILON),
  row("MapGroupNormGrad", "3 4 6 8; 3 4 6 8; 3 8; 3 8; 3 2; 3 2", 3, {
    activation: 3,
    groups: 2,
  }),
];

const MAPS = [
  row("Interleave", "2 4 6 3; 2 4 6 3", 1),
  row("Deinterleave", "~2* 4* 6* 4", 2),
  row("Shuffle", "2 4 6 3; 2 4 6 3", 2),
  row("Unshuffle", "2 4 6 3; 2 4 6 3", 2),
  row("SpatialMean", "2* 4* 6* 3*", 1),
  row("Gate", "2 4* 6* 3; 2 1 1 3", 1),
  row("GateGrad", "2 4 6 3; 2 4 6 3; 2 1 1 3", 2),
  row("MaxPoolGrad", "2 2 3 5; 2 4 6 5", 1),
  row("MaxPool3", "2* 4* 6* 5*", 1),
  row("MaxPool3Grad", "2 2 3 5; 2 4* 6* 5; 2 2 3 5", 1),
  row("JoinChannels", "2 4 6 3*; 2 4 6 2*", 1),
  row("PartChannels", "2 4 6 3; 2 4 6 2; 2 4 6 5", 2),
  row("SqueezeExcite", "2* 4* 6* 8; 1 1 8 2; 2; 1 1 2 8; 8", 1),
  {
    ...row("Batch", "9; 6!; 3; 768", 1),
    integers: { 0: Array(9).fill(0), 1: [0, 0, 0, 1, -1, 1], 2: [2, 3, 3] },
  },
];

const GANS = [
  row("Attention", "2 6* 3; 2 4 3; 2 4 5*", 2),
  row("AttentionGrad", "2 6 3; 2 4 3; 2 4 5; 2 6 5; 2 6; 2 6 5", 3),
  row("Augment", "2 4* 6* 3*; 2 10", 1),
  row("AugmentGrad", "2 4* 6* 3*; 2 10", 1),
  row("ConditionalNorm", "2 4* 6* 5; 2 5; 2 5", 4, ONE, EPSILON),
  row("ConditionalNormGrad", "2 4 6 5; 2 4 6 5; 2 5; 2 5; 5; 5", 3, ONE),
  row("BiasRelu", "~2* 4* 6* 5; 5", 1),
  row("BiasReluGrad", "2 4 6 5; 2 4 6 5", 2),
  row("Join", "2 4 6 5; 2 4 6 5; 5; 5", 1),
  row("Join", "2 4 6 5; 2 2 3 5; 5; 5", 1),
  row("JoinGrad", "2* 4 6 5*", 2),
  row("ReluPool", "2* 4 6 5*", 2, ONE),
  row("ReluPoolGrad", "2 4 6 5; 2 2 3 5; 2 4 6 5", 1, ONE),
  row("Spectral", "~3* 3* 4* 5; 5", 4, {}, EPSILON),
  row("SpectralGrad", "3 4 5; 3 4 5; 1; 12; 5", 1),
];

const VECTORS = [
  ...inEitherPrecision([
    row("Product", "4* 3; 3 5*", 1, { turn_a: 0, turn_b: 0 }),
    row("Product", "2 3 4*; 2 5* 3", 1, { turn_a: 1, turn_b: 1 }),
  ]),
  row("Total", "~2* 3*", 1),
  row("BiasGrad", "~2* 4* 6* 5*", 1),
  {
    ...row("HiddenTail", "3* 8; 8; 8; 8; 2", 3, { groups: 2 }, { ...EPSILON, rate: 0.5 }),
    integers: { 4: [1, 2] },
  },
  row("HiddenTailGrad", "3 8; 3 8; 8; 8; 3 8; 3 2; 3 2", 4, { groups: 2 }, { rate: 0.5 }),
  row("Sgd", "2 3; 4 2; 2! 3; 4! 2; 14; 3", 3, { N: 2 }),
  row("Adam", "2 3; 4 2; 2! 3; 4! 2; 14!; 14; 6", 4, { N: 2 }),
  row("Blend", "5; 5; 5; 5", 2, {}, { momentum: 0.1 }),
];

/** A call or more of every operation. */
export const NATIVE_CALLS: readonly NativeCall[] = [
  ...CONVOLUTIONS,
  ...NORMALISATIONS,
  ...MAPS,
  ...GANS,
  ...VECTORS,
];
