/** A recorded graph with fewer and larger nodes: the layers as a person would write them. */
import type { Constant, Graph, Node, Operation } from "./graph.ts";
import { sizeOf } from "./graph.ts";

/** What a rule is told of the graph around a node. */
interface Surroundings {
  /** What makes a value; undefined for inputs. */
  readonly maker: (value: number) => Node | undefined;
  /** Whether one node alone reads a value. */
  readonly hasOneReader: (value: number) => boolean;
  readonly shapeOf: (value: number) => readonly number[];
  /** A value that nothing has made yet. */
  readonly fresh: () => number;
}

/** Nodes in the place of one; the last one makes its output. A number: its output is that value. */
type Rule = (node: Node, around: Surroundings) => readonly Node[] | number | undefined;

/** What every export starts from: values are equal to rounding, nodes are what layers of libraries are. */
export function simplify(graph: Graph): Graph {
  return [
    dropIdleReshapes,
    nameGlobalMeans,
    standardise,
    dropIdleReshapes,
    moveBeforeReshapes,
    dropIdleReshapes,
    mergePads,
    mergeAffines,
    nameSwish,
    standardise,
  ].reduce(apply, graph);
}

function apply(graph: Graph, rule: Rule): Graph {
  const shapes = new Map(graph.inputs.map(({ value, shape }) => [value, shape]));
  const readers = new Map<number, number>([[graph.output, 1]]);
  let next = 0;
  for (const { inputs, output, shape } of graph.nodes) {
    shapes.set(output, shape);
    next = Math.max(next, output + 1);
    for (const value of inputs) readers.set(value, (readers.get(value) ?? 0) + 1);
  }
  const makers = new Map<number, Node>();
  const renamed = new Map<number, number>();
  const around: Surroundings = {
    maker: (value) => makers.get(value),
    hasOneReader: (value) => readers.get(value) === 1,
    shapeOf: (value) => shapes.get(value)!,
    fresh: () => next++,
  };
  const nodes: Node[] = [];
  for (const original of graph.nodes) {
    const inputs = original.inputs.map((value) => renamed.get(value) ?? value);
    const node: Node = { ...original, inputs };
    const changed = rule(node, around) ?? [node];
    if (typeof changed === "number") {
      renamed.set(node.output, changed);
      readers.set(changed, readers.get(changed)! - 1 + (readers.get(node.output) ?? 0));
      continue;
    }
    for (const one of changed) {
      nodes.push(one);
      makers.set(one.output, one);
      shapes.set(one.output, one.shape);
      if (one.output !== node.output) readers.set(one.output, 1);
    }
  }
  return withoutUnread({
    ...graph,
    nodes,
    output: renamed.get(graph.output) ?? graph.output,
  });
}

function withoutUnread({ inputs, nodes, output }: Graph): Graph {
  const read = new Set([output]);
  const kept: Node[] = [];
  for (const node of [...nodes].reverse()) {
    if (!read.has(node.output)) continue;
    node.inputs.forEach((value) => read.add(value));
    kept.push(node);
  }
  return { inputs, nodes: kept.reverse(), output };
}

/** Reshapes that change nothing, and those of reshapes. */
function dropIdleReshapes(node: Node, { maker, shapeOf }: Surroundings): ReturnType<Rule> {
  if (node.op !== "reshape") return undefined;
  const [value] = node.inputs;
  if (isSame(shapeOf(value!), node.shape)) return value;
  const before = maker(value!);
  if (before?.op !== "reshape") return undefined;
  const [source] = before.inputs;
  return isSame(shapeOf(source!), node.shape) ? source : [{ ...node, inputs: [source!] }];
}

/** Means of maps become vectors, which are reshaped where they were kept as maps of one pixel. */
function nameGlobalMeans(node: Node, { shapeOf, fresh }: Surroundings): ReturnType<Rule> {
  if (node.op !== "mean" || node.axes.join() !== "0,1") return undefined;
  const channels = shapeOf(node.inputs[0]!).at(-1)!;
  const { inputs, output, shape } = node;
  if (shape.length === 1) return [{ op: "globalMean", inputs, output, shape }];
  const value = fresh();
  return [
    { op: "globalMean", inputs, output: value, shape: [channels] },
    { op: "reshape", inputs: [value], output, shape },
  ];
}

/** What works on channels, and what works on every entry alike, does so before a reshape that keeps them. */
function moveBeforeReshapes(
  node: Node,
  { maker, hasOneReader, shapeOf, fresh }: Surroundings,
): ReturnType<Rule> {
  const isByEntry = node.op === "activation" && node.kind !== "softmax";
  const isByChannel = node.op === "norm" || node.op === "affine";
  if (!isByEntry && !isByChannel) return undefined;
  const before = maker(node.inputs[0]!);
  if (before?.op !== "reshape" || !hasOneReader(before.output)) return undefined;
  const from = shapeOf(before.inputs[0]!);
  // From a vector to a map of one pixel: the vector is the simpler of the two.
  if (from.length > 1 || from.at(-1) !== node.shape.at(-1)) return undefined;
  const value = fresh();
  return [
    { ...node, inputs: before.inputs, output: value, shape: from },
    { op: "reshape", inputs: [value], output: node.output, shape: node.shape },
  ];
}

/** Zeros around a map belong to the convolution that reads it. */
function mergePads(node: Node, { maker, hasOneReader }: Surroundings): ReturnType<Rule> {
  if (node.op !== "convolution" || node.kind === "transposed") return undefined;
  const before = maker(node.inputs[0]!);
  if (before?.op !== "pad" || !hasOneReader(before.output)) return undefined;
  const [top, left, bottom, right] = node.pads.map((count, side) => count + before.pads[side]!);
  return [{ ...node, inputs: before.inputs, pads: [top!, left!, bottom!, right!] }];
}

/** A scale and an offset of each channel become part of the linear layer before. */
function mergeAffines(node: Node, { maker, hasOneReader }: Surroundings): ReturnType<Rule> {
  if (node.op !== "affine") return undefined;
  const before = maker(node.inputs[0]!);
  if (before === undefined || !hasOneReader(before.output)) return undefined;
  const merged = withAffine(before, node);
  return merged && [{ ...merged, output: node.output }];
}

function withAffine(
  before: Node,
  { scale, offset }: Operation & { op: "affine" },
): Node | undefined {
  const count = scale.values.length;
  const isPlain = scale.values.every((factor) => factor === 1);
  const shifted = (bias: Constant | undefined): Constant => ({
    shape: [count],
    values: offset.values.map((shift, i) => (bias?.values[i] ?? 0) * scale.values[i]! + shift),
  });
  // The output channel is the last axis, but for transposed filters.
  const scaled = ({ shape, values }: Constant, isLast: boolean): Constant =>
    isPlain ? { shape, values } : {
      shape,
      values: values.map((weight, i) => {
        const channel = isLast ? i % count : Math.floor(i / shape.at(-1)!) % count;
        return weight * scale.values[channel]!;
      }),
    };
  if (before.op === "dense") {
    return { ...before, weight: scaled(before.weight, true), bias: shifted(before.bias) };
  }
  if (before.op === "convolution") {
    const filter = scaled(before.filter, before.kind === "dense");
    return { ...before, filter, bias: shifted(before.bias) };
  }
  if (before.op !== "affine") return undefined;
  return {
    ...before,
    scale: { shape: [count], values: before.scale.values.map((one, i) => one * scale.values[i]!) },
    offset: shifted(before.offset),
  };
}

/** x · sigmoid(x). */
function nameSwish(node: Node, { maker }: Surroundings): ReturnType<Rule> {
  if (node.op !== "multiply") return undefined;
  for (const [gate, x] of [node.inputs, [...node.inputs].reverse()]) {
    const made = maker(gate!);
    if (made?.op === "activation" && made.kind === "sigmoid" && made.inputs[0] === x) {
      const { output, shape } = node;
      return [{ op: "activation", kind: "swish", inputs: [x!], output, shape }];
    }
  }
  return undefined;
}

/** (x − mean(x)) · rsqrt(mean((x − mean(x))²) + epsilon) over the last axis, as `groupNorm` is composed. */
function standardise(node: Node, { maker, shapeOf }: Surroundings): ReturnType<Rule> {
  if (node.op !== "multiply") return undefined;
  const [centred, inverse] = node.inputs.map(maker);
  if (centred?.op !== "subtract" || inverse?.op !== "rsqrt") return undefined;
  const x = centred.inputs[0]!;
  const last = shapeOf(x).length - 1;
  const skip = (value: number): Node | undefined => {
    const made = maker(value);
    return made?.op === "reshape" ? skip(made.inputs[0]!) : made;
  };
  const isMeanOf = (made: Node | undefined, of: (value: number) => boolean) =>
    made?.op === "mean" && made.axes.join() === `${last}` && of(made.inputs[0]!);
  const shifted = skip(inverse.inputs[0]!);
  if (shifted?.op !== "affine" || !isMeanOf(skip(centred.inputs[1]!), (value) => value === x)) {
    return undefined;
  }
  const isSquare = (value: number) => {
    const squared = maker(value);
    const difference = squared?.op === "square" ? maker(squared.inputs[0]!) : undefined;
    return difference?.op === "subtract" && difference.inputs[0] === x;
  };
  if (!isMeanOf(skip(shifted.inputs[0]!), isSquare)) return undefined;
  const epsilon = shifted.offset.values[0]!;
  const { output, shape } = node;
  return [{ op: "standardise", epsilon, inputs: [x], output, shape }];
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((side, axis) => side === b[axis]) &&
    sizeOf(a) === sizeOf(b);
}
