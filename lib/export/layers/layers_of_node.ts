/** The layers that compute one node of a graph, in Keras and in TensorFlow.js alike. */
import { type ActivationKind, type Constant, type Node, sizeOf } from "../graph.ts";
import { samePads } from "../kernels.ts";

/** One weight of a layer. */
export interface LayerWeight extends Constant {
  /** As Keras calls it, such as "kernel". */
  readonly name: string;
}

/** A layer without its name and what it reads. */
export interface LayerParts {
  /** As Keras calls it, such as "Conv2D". */
  readonly className: string;
  /** As Keras writes it. */
  readonly config: Readonly<Record<string, unknown>>;
  /** In the order in which Keras keeps them. */
  readonly weights?: readonly LayerWeight[];
}

/** Options of every layer on maps. */
const MAPS = { data_format: "channels_last" } as const;

/** Layers one behind the other that compute a node, whose first input has the given shape. */
export function layersOf(node: Node, from: readonly number[]): readonly LayerParts[] {
  switch (node.op) {
    case "convolution":
      return convolutionLayers(node, from);
    case "dense":
      return [{
        className: "Dense",
        config: { units: node.shape[0], activation: "linear", use_bias: node.bias !== undefined },
        weights: named({ kernel: node.weight, bias: node.bias }),
      }];
    case "norm":
      return [batchNormalization(node)];
    case "affine":
      return affineLayers(node, from);
    case "activation":
      return [activationLayer(node.kind)];
    case "add":
      return [{ className: "Add", config: {} }];
    case "multiply":
      return [{ className: "Multiply", config: {} }];
    case "product":
      return [{
        className: "Dot",
        config: { axes: [2, node.transposesSecond ? 2 : 1], normalize: false },
      }];
    case "concatenate":
      return [{ className: "Concatenate", config: { axis: node.axis + 1 } }];
    case "slice":
      return sliceLayers(node, from);
    case "pad":
      return [zeroPadding(node.pads)];
    case "pool":
      return [{
        className: node.kind === "max" ? "MaxPooling2D" : "AveragePooling2D",
        config: {
          pool_size: [node.size, node.size],
          strides: [node.stride, node.stride],
          padding: "valid",
          ...MAPS,
        },
      }];
    case "globalMean":
      return [{ className: "GlobalAveragePooling2D", config: { ...MAPS } }];
    case "upsample":
      return [{
        className: "UpSampling2D",
        config: { size: [node.factor, node.factor], interpolation: "nearest", ...MAPS },
      }];
    case "reshape":
      return [reshape(node.shape)];
    case "permute":
      return [{ className: "Permute", config: { dims: node.order.map((axis) => axis + 1) } }];
    case "standardise":
      return [{
        className: "LayerNormalization",
        config: { axis: -1, epsilon: node.epsilon, center: false, scale: false },
      }];
    default:
      throw new RangeError(
        `Cannot write the network as layers: no layer of TensorFlow.js computes "${node.op}" by itself`,
      );
  }
}

function reshape(shape: readonly number[]): LayerParts {
  return { className: "Reshape", config: { target_shape: [...shape] } };
}

function zeroPadding([top, left, bottom, right]: readonly number[]): LayerParts {
  return {
    className: "ZeroPadding2D",
    config: { padding: [[top, bottom], [left, right]], ...MAPS },
  };
}

function activationLayer(kind: ActivationKind): LayerParts {
  // The names of the others are the same in both libraries.
  return kind === "relu6"
    ? { className: "ReLU", config: { max_value: 6 } }
    : { className: "Activation", config: { activation: kind } };
}

function batchNormalization(
  { epsilon, scale, offset, mean, variance }: Pick<
    Node & { op: "norm" },
    "epsilon" | "scale" | "offset" | "mean" | "variance"
  >,
): LayerParts {
  return {
    className: "BatchNormalization",
    config: { axis: -1, momentum: 0.99, epsilon, center: true, scale: true },
    weights: named({ gamma: scale, beta: offset, moving_mean: mean, moving_variance: variance }),
  };
}

/**
 * Constants of the input, which no further training may move. A frozen batch normalisation would not do: TensorFlow.js 4.22
 * normalises by the batch in training all the same. Filters of one pixel and diagonal matrices stay as they are.
 */
function affineLayers(node: Node & { op: "affine" }, from: readonly number[]): LayerParts[] {
  const { scale, offset: bias, op: _, ...rest } = node;
  const count = scale.values.length;
  const diagonal = new Float32Array(count ** 2);
  scale.values.forEach((factor, i) => diagonal[i * (count + 1)] = factor);
  const filter = { shape: [1, 1, count, 1], values: scale.values };
  const layers = layersOf(
    from.length === 3
      ? {
        ...rest,
        op: "convolution",
        kind: "depthwise",
        stride: 1,
        pads: [0, 0, 0, 0],
        filter,
        bias,
      }
      : { ...rest, op: "dense", weight: { shape: [count, count], values: diagonal }, bias },
    from,
  );
  return layers.map((layer) => ({ ...layer, config: { ...layer.config, trainable: false } }));
}

function convolutionLayers(
  node: Node & { op: "convolution" },
  [height, width]: readonly number[],
): readonly LayerParts[] {
  const { kind, stride, filter, bias, pads } = node;
  const kernel = filter.shape[0]!;
  const same = kind === "transposed" ? pads : samePads([height!, width!], kernel, stride);
  const isSame = pads.every((count, side) => count === same[side]);
  const isPlain = pads.every((count) => count === 0);
  const shared = {
    kernel_size: [kernel, kernel],
    strides: [stride, stride],
    padding: isPlain || !isSame ? "valid" : "same",
    dilation_rate: [1, 1],
    activation: "linear",
    use_bias: bias !== undefined,
    ...MAPS,
  };
  const filters = node.shape.at(-1)!;
  const layer: LayerParts = kind === "depthwise"
    ? {
      className: "DepthwiseConv2D",
      config: { ...shared, depth_multiplier: 1 },
      weights: named({ depthwise_kernel: filter, bias }),
    }
    : {
      className: kind === "dense" ? "Conv2D" : "Conv2DTranspose",
      config: { ...shared, filters },
      weights: named({ kernel: filter, bias }),
    };
  return isPlain || isSame ? [layer] : [zeroPadding(pads), layer];
}

/** A cut of the last axis: neither library has a layer for it, both can crop a map. */
function sliceLayers(
  { axis, start, shape }: Node & { op: "slice" },
  from: readonly number[],
): readonly LayerParts[] {
  if (axis !== from.length - 1) {
    throw new RangeError(
      `Cannot write the network as layers: found a cut of axis ${axis}, want the last one`,
    );
  }
  const all = from.at(-1)!;
  return [
    reshape([sizeOf(from) / all, all, 1]),
    {
      className: "Cropping2D",
      config: { cropping: [[0, 0], [start, all - start - shape.at(-1)!]], ...MAPS },
    },
    reshape(shape),
  ];
}

function named(weights: Readonly<Record<string, Constant | undefined>>): LayerWeight[] {
  return Object.entries(weights)
    .flatMap(([name, weight]) => weight === undefined ? [] : [{ name, ...weight }]);
}
