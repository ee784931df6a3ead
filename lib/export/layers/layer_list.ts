/** A graph as layers that Keras and TensorFlow.js both have; nothing of ours is needed to load them. */
import type { ActivationKind, Constant, Graph, Node } from "../graph.ts";
import { samePads } from "../kernels.ts";
import { sizeOf } from "../graph.ts";

/** One weight of a layer. */
export interface LayerWeight extends Constant {
  /** As Keras calls it, such as "kernel". */
  readonly name: string;
}

/** A layer: its class and its configuration as Keras writes them. */
export interface Layer {
  readonly className: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Names of the layers that it reads. */
  readonly inbound: readonly string[];
  /** In the order in which Keras keeps them. */
  readonly weights: readonly LayerWeight[];
}

/** Layers in the order of a forward pass. */
export interface LayerList {
  readonly layers: readonly Layer[];
  readonly inputs: readonly string[];
  readonly output: string;
}

type LayerParts = Pick<Layer, "className" | "config"> & {
  readonly weights?: readonly LayerWeight[];
};

/** Options of every layer on maps. */
const MAPS = { data_format: "channels_last" } as const;

/** Gives what it reads. */
const SAME: LayerParts = { className: "Activation", config: { activation: "linear" } };

/** The layers of a graph. */
export function layerList(graph: Graph): LayerList {
  const layers: Layer[] = [];
  const taken = new Set<string>();
  const names = new Map<number, string>();
  const shapes = new Map<number, readonly number[]>();
  const add = (base: string, inbound: readonly string[], parts: LayerParts): string => {
    let name = base;
    for (let count = 2; taken.has(name); count++) name = `${base}_${count}`;
    taken.add(name);
    const { className, config, weights = [] } = parts;
    layers.push({
      className,
      name,
      config: { name, trainable: true, ...config },
      inbound,
      weights,
    });
    return name;
  };
  for (const { name, value, shape } of graph.inputs) {
    names.set(value, add(name, [], inputLayer(shape)));
    shapes.set(value, shape);
  }
  for (const node of graph.nodes) {
    const given = node.inputs.map((value) => names.get(value)!);
    // TensorFlow.js 4.22 frees a tensor that a layer reads twice before the layer runs.
    const inbound = given.map((name, i) =>
      given.indexOf(name) === i ? name : add("same", [name], SAME)
    );
    const base = node.path === undefined || node.path === ""
      ? wordsOf(node)
      : node.path.replaceAll("/", "_");
    const steps = layersOf(node, shapes.get(node.inputs[0]!)!);
    // Only the first of several steps reads more than the one before.
    const last = steps.reduce<readonly string[]>((from, step, i) => [
      add(i === steps.length - 1 ? base : `${base}_${step.className.toLowerCase()}`, from, step),
    ], inbound);
    names.set(node.output, last[0]!);
    shapes.set(node.output, node.shape);
  }
  const output = names.get(graph.output)!;
  return {
    layers: inKerasOrder(layers, output),
    inputs: graph.inputs.map(({ value }) => names.get(value)!),
    output,
  };
}

/**
 * Layers as Keras sorts those of a functional model (`map_graph` of `keras/src/ops/function.py`): by their longest way to
 * the output, then in the order in which a walk from the output meets them. Its files keep weights by position.
 */
function inKerasOrder(layers: readonly Layer[], output: string): Layer[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const depths = new Map<string, number>([[output, 0]]);
  for (const { name, inbound } of [...layers].reverse()) {
    for (const from of inbound) {
      depths.set(from, Math.max(depths.get(from) ?? 0, depths.get(name)! + 1));
    }
  }
  const met = new Map<string, number>();
  const waiting = [output];
  while (waiting.length > 0) {
    const name = waiting.pop()!;
    if (met.has(name)) continue;
    met.set(name, met.size);
    waiting.push(...[...byName.get(name)!.inbound].reverse());
  }
  return [...layers].sort((a, b) =>
    depths.get(b.name)! - depths.get(a.name)! || met.get(a.name)! - met.get(b.name)!
  );
}

function inputLayer(shape: readonly number[]): LayerParts {
  const config = { batch_input_shape: [null, ...shape], dtype: "float32", sparse: false };
  return { className: "InputLayer", config };
}

function wordsOf(node: Node): string {
  return node.op === "activation" ? node.kind : node.op === "pool" ? `${node.kind}_pool` : node.op;
}

/** Layers one behind the other that compute a node, whose first input has the given shape. */
function layersOf(node: Node, from: readonly number[]): readonly LayerParts[] {
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
