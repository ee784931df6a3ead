/** Each operation of a graph in the operators of ONNX. */
import type { ActivationKind, Constant, Node } from "../graph.ts";
import type { OnnxBuilder } from "./onnx_builder.ts";

/** Adds a node of the graph. */
export function writeNode(builder: OnnxBuilder, node: Node): void {
  const { output, shape } = node;
  const [first] = node.inputs;
  const isMap = builder.isMap(first!);
  const plain = (name: string) => builder.define(output, name, shape);
  const mapped = (name: string) => builder.defineChannelsFirst(output, name, shape);
  /** What works on maps and vectors alike: on maps channels-first. */
  const either = (write: (...names: string[]) => string) => {
    const names = node.inputs.map((value) =>
      isMap ? builder.channelsFirst(value) : builder.plain(value)
    );
    (isMap ? mapped : plain)(write(...names));
  };
  switch (node.op) {
    case "convolution":
      return mapped(convolve(builder, node));
    case "dense": {
      const names = [builder.plain(first!), builder.constant(node.weight)];
      if (node.bias !== undefined) names.push(builder.constant(node.bias));
      return plain(builder.add("Gemm", names));
    }
    case "norm": {
      const { scale, offset, mean, variance, epsilon } = node;
      const numbers = [scale, offset, mean, variance].map((one) => builder.constant(one));
      return either((x) =>
        builder.add("BatchNormalization", [x, ...numbers], {
          attributes: { epsilon: { float: epsilon } },
        })
      );
    }
    case "affine": {
      const [scale, offset] = [node.scale, node.offset]
        .map((numbers) => builder.constant(byChannel(numbers, isMap)));
      return either((x) => builder.add("Add", [builder.add("Mul", [x, scale!]), offset!]));
    }
    case "activation":
      return node.kind === "softmax"
        ? plain(builder.add("Softmax", [builder.plain(first!)], { attributes: { axis: -1 } }))
        : either((x) => activate(builder, node.kind, x));
    case "add":
      return either((...names) => builder.add("Add", names));
    case "multiply":
      return either((...names) => builder.add("Mul", names));
    case "subtract":
      return either((...names) => builder.add("Sub", names));
    case "product": {
      const [a, b] = node.inputs.map((value) => builder.plain(value));
      const second = node.transposesSecond
        ? builder.add("Transpose", [b!], { attributes: { perm: [0, 2, 1] } })
        : b!;
      return plain(builder.add("MatMul", [a!, second]));
    }
    case "concatenate": {
      const axis = axisOf(node.axis, isMap);
      return either((...names) => builder.add("Concat", names, { attributes: { axis } }));
    }
    case "slice": {
      const { start } = node;
      const bounds = [start, start + shape[node.axis]!, axisOf(node.axis, isMap)]
        .map((value) => builder.whole([value]));
      return either((x) => builder.add("Slice", [x, ...bounds]));
    }
    case "pad": {
      const [top, left, bottom, right] = node.pads;
      const pads = builder.whole([0, 0, top, left, 0, 0, bottom, right]);
      return either((x) => builder.add("Pad", [x, pads]));
    }
    case "pool": {
      const operator = node.kind === "max" ? "MaxPool" : "AveragePool";
      const attributes = {
        kernel_shape: [node.size, node.size],
        strides: [node.stride, node.stride],
      };
      return either((x) => builder.add(operator, [x], { attributes }));
    }
    case "globalMean": {
      const attributes = { axes: [2, 3], keepdims: 0 };
      return plain(builder.add("ReduceMean", [builder.channelsFirst(first!)], { attributes }));
    }
    case "upsample": {
      const { factor } = node;
      const scales = builder.constant({
        shape: [4],
        values: Float32Array.of(1, 1, factor, factor),
      });
      const attributes = {
        mode: "nearest",
        coordinate_transformation_mode: "asymmetric",
        nearest_mode: "floor",
      };
      return either((x) => builder.add("Resize", [x, "", scales], { attributes }));
    }
    case "reshape":
      // 0 stands for the side that is there, that of the batch.
      return plain(builder.add("Reshape", [builder.plain(first!), builder.whole([0, ...shape])]));
    case "permute": {
      // Channels-first, as such maps are already.
      if (node.order.join() === "2,0,1") return plain(builder.channelsFirst(first!));
      const perm = [0, ...node.order.map((axis) => axis + 1)];
      return plain(builder.add("Transpose", [builder.plain(first!)], { attributes: { perm } }));
    }
    case "standardise": {
      const last = shape.at(-1)!;
      const ones = builder.constant({ shape: [last], values: new Float32Array(last).fill(1) });
      return plain(builder.add("LayerNormalization", [builder.plain(first!), ones], {
        attributes: { axis: -1, epsilon: { float: node.epsilon } },
      }));
    }
    default:
      throw new RangeError(`Cannot write the network as ONNX: no rule for "${node.op}" by itself`);
  }
}

/** An axis of the graph, batch left out, as an axis of ONNX, where maps are channels-first. */
function axisOf(axis: number, isMap: boolean): number {
  return isMap ? [2, 3, 1][axis]! : axis + 1;
}

function byChannel({ shape, values }: Constant, isMap: boolean): Constant {
  return { shape: isMap ? [shape[0]!, 1, 1] : shape, values };
}

function activate(builder: OnnxBuilder, kind: ActivationKind, x: string): string {
  if (kind === "swish") return builder.add("Mul", [x, builder.add("Sigmoid", [x])]);
  if (kind === "relu6") {
    const [low, high] = [0, 6]
      .map((value) => builder.constant({ shape: [], values: Float32Array.of(value) }));
    return builder.add("Clip", [x, low!, high!]);
  }
  const operators = { relu: "Relu", sigmoid: "Sigmoid", tanh: "Tanh", softmax: "Softmax" } as const;
  return builder.add(operators[kind], [x]);
}

function convolve(builder: OnnxBuilder, node: Node & { op: "convolution" }): string {
  const { kind, filter, bias, stride, pads } = node;
  const kernel = filter.shape[0]!;
  // From [k, k, in, out] to [out, in, k, k]; depthwise to [channels, 1, k, k]; transposed, whose last two are turned
  // round, to [in, out, k, k].
  const order = kind === "depthwise" ? [2, 3, 0, 1] : [3, 2, 0, 1];
  const names = [builder.channelsFirst(node.inputs[0]!), builder.constant(permuted(filter, order))];
  if (bias !== undefined) names.push(builder.constant(bias));
  return builder.add(kind === "transposed" ? "ConvTranspose" : "Conv", names, {
    attributes: {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads,
      ...(kind === "depthwise" && { group: filter.shape[2]! }),
    },
  });
}

/** Numbers with their axes in another order. */
export function permuted({ shape, values }: Constant, order: readonly number[]): Constant {
  const strides = shape.map((_, axis) =>
    shape.slice(axis + 1).reduce((product, side) => product * side, 1)
  );
  const sides = order.map((axis) => shape[axis]!);
  const steps = order.map((axis) => strides[axis]!);
  const result = new Float32Array(values.length);
  const place = sides.map(() => 0);
  let from = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = values[from]!;
    for (let axis = sides.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++place[axis]! < sides[axis]!) break;
      from -= steps[axis]! * sides[axis]!;
      place[axis] = 0;
    }
  }
  return { shape: sides, values: result };
}
