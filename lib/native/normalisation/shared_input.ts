/**
 * Batch normalisation of a map that is read once more beside it, and that may be two maps side by side: joining,
 * statistics and the sum of both gradients are no passes over memory of their own.
 */
import * as tf from "@tensorflow/tfjs";
import { type Activation, ACTIVATION_NUMBERS } from "../maps/activation.ts";
import {
  batchNormActivation,
  type BatchNormInputs,
  normalise,
  wantChannels,
} from "./batch_norm.ts";
import { joinChannels } from "../maps/maps.ts";
import { hasOwnKernels } from "../tensorflow/own_kernels.ts";
import { rawOp } from "../tensorflow/raw_op.ts";
import { wantShape } from "../tensorflow/shapes.ts";

const FORK = "CganKdNormFork";
const JOIN = "CganKdNormJoin";
let isRegistered = false;

interface ForkAttributes extends Omit<BatchNormInputs, "x" | "scale" | "offset"> {
  readonly activation: Activation;
}

/** One map, or two of the same pixels that become one of all their channels. */
export type Maps = readonly [tf.Tensor4D] | readonly [tf.Tensor4D, tf.Tensor4D];

/** The map itself, or both joined. */
export function joined([a, b]: Maps): tf.Tensor4D {
  return b === undefined ? a : joinChannels(a, b);
}

/**
 * `batchNormActivation` of the joined maps, and those themselves for who reads them next.
 *
 * @throws {TypeError} The maps have other pixels, or what goes with them has not one number per channel of both.
 */
export function batchNormSharedInput(
  maps: Maps,
  inputs: Omit<BatchNormInputs, "x">,
  activation: Activation,
): { normalised: tf.Tensor4D; x: tf.Tensor4D } {
  const call = "batchNormSharedInput()";
  const [{ shape }, beside] = maps;
  const more = beside?.shape[3] ?? 0;
  if (beside !== undefined) wantShape(call, "the second map", beside, [...shape.slice(0, 3), more]);
  wantChannels(call, shape[3] + more, inputs);
  if (!hasOwnKernels) {
    const x = joined(maps);
    return { normalised: batchNormActivation({ x, ...inputs }, activation), x };
  }
  register();
  const { scale, offset, ...rest } = inputs;
  const attributes: ForkAttributes = { ...rest, activation };
  const [a, b] = maps;
  const [normalised, x] = tf.engine().runKernel(
    b === undefined ? FORK : JOIN,
    b === undefined ? { a, scale, offset } : { a, b, scale, offset },
    attributes as unknown as tf.NamedAttrMap,
  ) as unknown as [tf.Tensor4D, tf.Tensor4D];
  return { normalised, x };
}

function register(): void {
  if (isRegistered) return;
  isRegistered = true;
  const backendName = tf.getBackend();
  tf.registerKernel({
    kernelName: FORK,
    backendName,
    kernelFunc: ({ inputs: { a, scale, offset }, attrs }) => {
      const { y, mean, inverse } = run("CganKdNorm", [a, scale, offset], attrs);
      // TensorFlow's identity shares the memory of its input.
      const [same] = rawOp("Identity", [a as tf.Tensor], { T: { type: "float32" } });
      return [y, same!, mean, inverse];
    },
  });
  tf.registerGradient({
    kernelName: FORK,
    inputsToSave: ["a", "scale", "offset"],
    outputsToSave: [false, false, true, true],
    gradFunc: (upstream, saved, attrs) => {
      const [dy, other] = upstream as unknown as tf.Tensor[];
      const inputs = [dy!, ...saved, other!];
      const [da, dscale, doffset] = rawOp("CganKdNormForkGrad", inputs, settingsOf(attrs), 3);
      return { a: () => da!, scale: () => dscale!, offset: () => doffset! };
    },
  });
  tf.registerKernel({
    kernelName: JOIN,
    backendName,
    kernelFunc: ({ inputs: { a, b, scale, offset }, attrs }) => {
      const { y, mean, inverse, joined } = run("CganKdNormJoin", [a, b, scale, offset], attrs);
      return [y, joined!, mean, inverse];
    },
  });
  tf.registerGradient({
    kernelName: JOIN,
    inputsToSave: ["a", "b", "scale", "offset"],
    outputsToSave: [false, true, true, true],
    gradFunc: (upstream, saved, attrs) => {
      const [dy, other] = upstream as unknown as tf.Tensor[];
      const [a, b, scale, offset, x, mean, inverse] = saved as tf.Tensor[];
      const inputs = [dy!, x!, scale!, offset!, mean!, inverse!, other!, a!, b!];
      const [da, db, dscale, doffset] = rawOp(
        "CganKdNormJoinGrad",
        inputs,
        settingsOf(attrs),
        4,
      );
      return { a: () => da!, b: () => db!, scale: () => dscale!, offset: () => doffset! };
    },
  });
}

function run(
  name: "CganKdNorm" | "CganKdNormJoin",
  tensors: unknown[],
  attrs: unknown,
): ReturnType<typeof normalise> {
  return normalise(
    { name, settings: settingsOf(attrs) },
    tensors as tf.Tensor[],
    attrs as ForkAttributes,
  );
}

function settingsOf(attrs: unknown): { activation: { int: number } } {
  return { activation: { int: ACTIVATION_NUMBERS[(attrs as ForkAttributes).activation] } };
}
