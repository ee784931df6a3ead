/** An ONNX model of a graph (onnx.ai/onnx/repo-docs/IR.html): operator set 17, maps channels-first inside. */
import { type Graph, outputShape } from "../graph.ts";
import { OnnxBuilder } from "./onnx_builder.ts";
import { writeNode } from "./onnx_operators.ts";
import { Message } from "../../base/disk/protobuf.ts";

/** Version of the file format; onnxruntime reads it since 1.10. */
const IR_VERSION = 8;
/** Version of the operators. */
const OPERATORS = 17;
const FLOAT = 1;

/** What goes into the model beside the graph. */
export interface OnnxOptions {
  readonly name: string;
  /** For people who open the file. */
  readonly description: string;
  /** Kept as the model's own properties. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Name of the output. */
  readonly output: string;
}

/**
 * The bytes of an ONNX file. Inputs are those of the graph, `[batch, height, width, 3]` as in the other formats, with
 * a batch of any size; a transposition to channels-first is the file's first operation.
 */
export function onnxModel(
  graph: Graph,
  { name, description, metadata, output }: OnnxOptions,
): Uint8Array<ArrayBuffer> {
  const builder = new OnnxBuilder();
  for (const input of graph.inputs) builder.define(input.value, input.name, input.shape);
  for (const node of graph.nodes) writeNode(builder, node);
  builder.add("Identity", [builder.plain(graph.output)], { output });
  const graphMessage = new Message()
    .messages(1, ...builder.nodes)
    .text(2, name)
    .messages(5, ...builder.constants)
    .messages(11, ...graph.inputs.map((input) => valueInfo(input.name, input.shape)))
    .messages(12, valueInfo(output, outputShape(graph)));
  return new Message()
    .int(1, IR_VERSION)
    .text(2, "cGAN-KD")
    .text(6, description)
    .messages(7, graphMessage)
    .messages(8, new Message().text(1, "").int(2, OPERATORS))
    .messages(
      14,
      ...Object.entries(metadata).map(([key, value]) => new Message().text(1, key).text(2, value)),
    )
    .encode();
}

/** Name, kind and shape of an input or output; the first side is that of the batch. */
function valueInfo(name: string, shape: readonly number[]): Message {
  const sides = [
    new Message().text(2, "batch"),
    ...shape.map((side) => new Message().int(1, side)),
  ];
  const tensor = new Message().int(1, FLOAT).messages(2, new Message().messages(1, ...sides));
  return new Message().text(1, name).messages(2, new Message().messages(1, tensor));
}
