/** A trained network as a list of well-known operations with their weights: what every export is written from. */

/** Numbers that do not depend on the input. */
export interface Constant {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Zeros above, to the left, below and to the right of a map. */
export type Pads = readonly [number, number, number, number];

/** Activations; "softmax" is over the last axis. */
export type ActivationKind = "relu" | "relu6" | "sigmoid" | "tanh" | "swish" | "softmax";

/** What a node computes. Axes are counted from 0 without that of the batch; maps are `[height, width, channels]`. */
export type Operation =
  /** Filter `[k, k, in, out]`, `[k, k, channels, 1]` (depthwise) or `[k, k, out, in]` (transposed, padding "same"). */
  | {
    readonly op: "convolution";
    readonly kind: "dense" | "depthwise" | "transposed";
    readonly stride: number;
    readonly pads: Pads;
    readonly filter: Constant;
    readonly bias?: Constant;
  }
  /** x · W + b of vectors, W `[in, out]`. */
  | { readonly op: "dense"; readonly weight: Constant; readonly bias?: Constant }
  /** (x − mean) / sqrt(variance + epsilon) · scale + offset, by the last axis. */
  | {
    readonly op: "norm";
    readonly epsilon: number;
    readonly mean: Constant;
    readonly variance: Constant;
    readonly scale: Constant;
    readonly offset: Constant;
  }
  /** x · scale + offset, by the last axis. */
  | { readonly op: "affine"; readonly scale: Constant; readonly offset: Constant }
  | { readonly op: "activation"; readonly kind: ActivationKind }
  /** Of two values, broadcast. */
  | { readonly op: "add" | "multiply" | "subtract" }
  /** Matrices: `[m, k]` by `[k, n]`, or by `[n, k]` transposed. */
  | { readonly op: "product"; readonly transposesSecond: boolean }
  | { readonly op: "concatenate"; readonly axis: number }
  | { readonly op: "slice"; readonly axis: number; readonly start: number }
  | { readonly op: "pad"; readonly pads: Pads }
  | {
    readonly op: "pool";
    readonly kind: "max" | "average";
    readonly size: number;
    readonly stride: number;
  }
  /** Mean over height and width: a vector of the channels. */
  | { readonly op: "globalMean" }
  /** Nearest neighbours. */
  | { readonly op: "upsample"; readonly factor: number }
  | { readonly op: "reshape" }
  | { readonly op: "permute"; readonly order: readonly number[] }
  /** The last axis to mean 0 and variance 1: (x − mean) / sqrt(variance + epsilon). */
  | { readonly op: "standardise"; readonly epsilon: number }
  /** Parts of normalisations, which `simplify` puts together. */
  | { readonly op: "mean"; readonly axes: readonly number[] }
  | { readonly op: "square" | "rsqrt" };

/** An operation in its place. */
export type Node = Operation & {
  /** Values that it reads. */
  readonly inputs: readonly number[];
  /** The value that it makes. */
  readonly output: number;
  /** Shape of its output without the batch. */
  readonly shape: readonly number[];
  /** Path of its weights in the network, such as "stage1/unit1/conv"; absent where they have none. */
  readonly path?: string;
};

/** An input of a graph. */
export interface GraphInput {
  readonly name: string;
  readonly value: number;
  /** Without the batch. */
  readonly shape: readonly number[];
}

/** A network, from its inputs to one output; nodes stand behind those that they read. */
export interface Graph {
  readonly inputs: readonly GraphInput[];
  readonly nodes: readonly Node[];
  readonly output: number;
}

/** Entries of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** Shape of the graph's output without the batch. */
export function outputShape({ nodes, inputs, output }: Graph): readonly number[] {
  return [...nodes.map((node) => [node.output, node.shape] as const)]
    .concat(inputs.map(({ value, shape }) => [value, shape] as const))
    .find(([value]) => value === output)![1];
}

/** Every constant of a node by its name. */
function constantsOf(node: Node): Readonly<Record<string, Constant>> {
  const found: Record<string, Constant> = {};
  for (const [name, value] of Object.entries(node)) {
    if (typeof value === "object" && !Array.isArray(value) && "values" in value) {
      found[name] = value as Constant;
    }
  }
  return found;
}

/** What a network costs. */
export interface GraphCost {
  /** Numbers that it stores, running statistics included. */
  readonly numbers: number;
  /** Multiplications with an addition in convolutions and products, for one image; papers call them MACs. */
  readonly multiplyAdds: number;
}

/** Counts what a network stores and multiplies. */
export function costOf(graph: Graph): GraphCost {
  const shapes = new Map(graph.inputs.map(({ value, shape }) => [value, shape]));
  let numbers = 0, multiplyAdds = 0;
  for (const node of graph.nodes) {
    const first = shapes.get(node.inputs[0]!)!;
    shapes.set(node.output, node.shape);
    for (const { values } of Object.values(constantsOf(node))) numbers += values.length;
    if (node.op === "convolution") {
      // Each weight is used once for each pixel of the smaller map.
      const [height, width] = node.kind === "transposed" ? first : node.shape;
      multiplyAdds += height! * width! * node.filter.values.length;
    } else if (node.op === "dense") multiplyAdds += node.weight.values.length;
    else if (node.op === "product") multiplyAdds += sizeOf(node.shape) * first.at(-1)!;
  }
  return { numbers, multiplyAdds };
}
