/** A graph as layers that Keras and TensorFlow.js both have; nothing of ours is needed to load them. */
import type { Graph, Node } from "../graph.ts";
import { type LayerParts, layersOf } from "./layers_of_node.ts";

/** A layer: its class and its configuration as Keras writes them. */
export interface Layer extends Required<LayerParts> {
  readonly name: string;
  /** Names of the layers that it reads. */
  readonly inbound: readonly string[];
}

/** Layers in the order of a forward pass. */
export interface LayerList {
  readonly layers: readonly Layer[];
  readonly inputs: readonly string[];
  readonly output: string;
}

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
