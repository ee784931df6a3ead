/** A small graph in which every operation that exports know occurs. */
import {
  type ActivationKind,
  type Constant,
  type Graph,
  type Node,
  type Operation,
  sizeOf,
} from "../export/graph.ts";

/** From a map of 8 x 8 pixels and a vector to a vector; its numbers are the same in every call and on every machine. */
export function everyOperation(): Graph {
  const nodes: Node[] = [];
  let next = 2, drawn = 0;
  const numbers = (...shape: number[]): Constant => ({
    shape,
    // Multiples of 1/64 in [-0.5, 0.5): exact in float32.
    values: Float32Array.from(
      { length: sizeOf(shape) },
      () => ((drawn = (drawn * 37 + 11) % 64) - 32) / 64,
    ),
  });
  const positive = (...shape: number[]): Constant => {
    const { values } = numbers(...shape);
    return { shape, values: values.map((value) => value + 1) };
  };
  const add = (operation: Operation, inputs: readonly number[], ...shape: number[]): number => {
    nodes.push({ ...operation, inputs, output: next, shape });
    return next++;
  };
  const activate = (kind: ActivationKind, x: number, ...shape: number[]) =>
    add({ op: "activation", kind }, [x], ...shape);
  const [image, label] = [0, 1];
  const convolution = { op: "convolution", stride: 1 } as const;
  let x = add({ op: "affine", scale: positive(3), offset: numbers(3) }, [image], 8, 8, 3);
  x = add(
    {
      ...convolution,
      kind: "dense",
      pads: [1, 1, 1, 1],
      filter: numbers(3, 3, 3, 4),
      bias: numbers(4),
    },
    [x],
    8,
    8,
    4,
  );
  x = add(
    {
      op: "norm",
      epsilon: 1e-5,
      mean: numbers(4),
      variance: positive(4),
      scale: positive(4),
      offset: numbers(4),
    },
    [x],
    8,
    8,
    4,
  );
  const kept = activate("swish", x, 8, 8, 4);
  // Zeros above and to the left only, which no name of a padding says.
  x = add(
    {
      op: "convolution",
      kind: "depthwise",
      stride: 2,
      pads: [1, 1, 0, 0],
      filter: numbers(3, 3, 4, 1),
    },
    [kept],
    4,
    4,
    4,
  );
  x = activate("relu6", x, 4, 4, 4);
  x = add(
    {
      op: "convolution",
      kind: "transposed",
      stride: 2,
      pads: [1, 1, 1, 1],
      filter: numbers(4, 4, 4, 4),
    },
    [x],
    8,
    8,
    4,
  );
  x = add({ op: "add" }, [x, kept], 8, 8, 4);
  const joined = add({ op: "concatenate", axis: 2 }, [x, kept], 8, 8, 8);
  x = add({ op: "slice", axis: 2, start: 2 }, [joined], 8, 8, 4);
  // Channels shuffled.
  x = add({ op: "reshape" }, [x], 64, 2, 2);
  x = add({ op: "permute", order: [0, 2, 1] }, [x], 64, 2, 2);
  x = add({ op: "reshape" }, [x], 8, 8, 4);
  x = add({ op: "pad", pads: [1, 1, 1, 1] }, [activate("relu", x, 8, 8, 4)], 10, 10, 4);
  x = add({ op: "pool", kind: "max", size: 3, stride: 2 }, [x], 4, 4, 4);
  x = add({ op: "upsample", factor: 2 }, [x], 8, 8, 4);
  x = add({ op: "pool", kind: "average", size: 2, stride: 2 }, [x], 4, 4, 4);
  // Attention of pixels to pixels.
  const rows = add({ op: "reshape" }, [x], 16, 4);
  const scores = add({ op: "product", transposesSecond: true }, [rows, rows], 16, 16);
  const seen = add(
    { op: "product", transposesSecond: false },
    [activate("softmax", scores, 16, 16), rows],
    16,
    4,
  );
  const standard = add({ op: "standardise", epsilon: 1e-5 }, [seen], 16, 4);
  x = add({ op: "reshape" }, [standard], 4, 4, 4);
  const gate = add({ op: "dense", weight: numbers(1, 4), bias: numbers(4) }, [label], 4);
  const open = add({ op: "reshape" }, [activate("sigmoid", gate, 4)], 1, 1, 4);
  x = add({ op: "multiply" }, [x, open], 4, 4, 4);
  const flat = add({ op: "reshape" }, [add({ op: "permute", order: [2, 0, 1] }, [x], 4, 4, 4)], 64);
  const mean = add({ op: "globalMean" }, [x], 4);
  x = add({ op: "concatenate", axis: 0 }, [flat, mean, gate], 72);
  x = activate("tanh", add({ op: "dense", weight: numbers(72, 3) }, [x], 3), 3);
  return {
    inputs: [{ name: "image", value: image, shape: [8, 8, 3] }, {
      name: "label",
      value: label,
      shape: [1],
    }],
    nodes,
    output: x,
  };
}
