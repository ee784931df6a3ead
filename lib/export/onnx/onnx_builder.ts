/** Nodes and constants of an ONNX graph in the making, and in which order the axes of each map lie. */
import type { Constant } from "../graph.ts";
import { Message } from "../../base/disk/protobuf.ts";

/** An attribute of an operator. */
export type OnnxAttribute = number | readonly number[] | string | { readonly float: number };

/** How to add an operator. */
interface NodeOptions {
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** Name of its output; default: a new one. */
  readonly output?: string;
}

/** Where a value is: maps may be there channels-last, channels-first or both. */
interface Place {
  readonly shape: readonly number[];
  plain?: string;
  channelsFirst?: string;
}

const FLOAT = 1, INT64 = 7;

/** Collects what a graph consists of. */
export class OnnxBuilder {
  readonly nodes: Message[] = [];
  readonly constants: Message[] = [];
  readonly #places = new Map<number, Place>();
  #count = 0;

  /** Says that a value has its axes as in the graph, under a name. */
  define(value: number, name: string, shape: readonly number[]): void {
    this.#places.set(value, { shape, plain: name });
  }

  /** Says that a map is channels-first under a name; its shape is that of the graph. */
  defineChannelsFirst(value: number, name: string, shape: readonly number[]): void {
    this.#places.set(value, { shape, channelsFirst: name });
  }

  /** Shape of a value in the graph, without the batch. */
  shapeOf(value: number): readonly number[] {
    return this.#places.get(value)!.shape;
  }

  /** Whether a value has height, width and channels. */
  isMap(value: number): boolean {
    return this.shapeOf(value).length === 3;
  }

  /** Name of a value with its axes as in the graph. */
  plain(value: number): string {
    const place = this.#places.get(value)!;
    place.plain ??= this.add("Transpose", [place.channelsFirst!], {
      attributes: { perm: [0, 2, 3, 1] },
    });
    return place.plain;
  }

  /** Name of a map with its channels in front of height and width. */
  channelsFirst(value: number): string {
    const place = this.#places.get(value)!;
    place.channelsFirst ??= this.add("Transpose", [place.plain!], {
      attributes: { perm: [0, 3, 1, 2] },
    });
    return place.channelsFirst;
  }

  /** Adds an operator of one output and returns its name. */
  add(
    operator: string,
    inputs: readonly string[],
    { attributes = {}, output = `v${this.#count++}` }: NodeOptions = {},
  ): string {
    this.nodes.push(
      new Message()
        .texts(1, inputs)
        .text(2, output)
        .text(3, `${operator}_${output}`)
        .text(4, operator)
        .messages(5, ...Object.entries(attributes).map(([name, value]) => attribute(name, value))),
    );
    return output;
  }

  /** Adds numbers and returns their name. */
  constant({ shape, values }: Constant): string {
    const name = `c${this.#count++}`;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.constants.push(new Message().ints(1, shape).int(2, FLOAT).text(8, name).bytes(9, bytes));
    return name;
  }

  /** Adds whole numbers, such as a shape, and returns their name. */
  whole(values: readonly number[]): string {
    const name = `c${this.#count++}`;
    const words = BigInt64Array.from(values, BigInt);
    this.constants.push(
      new Message().ints(1, [values.length]).int(2, INT64).text(8, name)
        .bytes(9, new Uint8Array(words.buffer)),
    );
    return name;
  }
}

/** Kinds of attributes in ONNX' own numbers. */
const KINDS = { float: 1, int: 2, string: 3, ints: 7 } as const;

function attribute(name: string, value: OnnxAttribute): Message {
  const message = new Message().text(1, name);
  if (typeof value === "number") return message.int(3, value).int(20, KINDS.int);
  if (typeof value === "string") return message.text(4, value).int(20, KINDS.string);
  if ("float" in value) return message.float(2, value.float).int(20, KINDS.float);
  return message.ints(8, value).int(20, KINDS.ints);
}
