/** The few kinds of protocol-buffer fields that ONNX and TensorBoard's files are made of (protobuf.dev/programming-guides/encoding). */

/** A message in the making: fields in the order of the calls. */
export class Message {
  readonly #parts: Uint8Array[] = [];

  /** A whole number (int32, int64, enum); left out where undefined. */
  int(field: number, value: number | undefined): this {
    if (value !== undefined) this.#push(tag(field, 0), varint(value));
    return this;
  }

  /** A number of 32 bits. */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#push(tag(field, 5), bytes);
  }

  /** A number of 64 bits. */
  double(field: number, value: number): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    return this.#push(tag(field, 1), bytes);
  }

  /** Text; left out where undefined. */
  text(field: number, value: string | undefined): this {
    return value === undefined ? this : this.bytes(field, new TextEncoder().encode(value));
  }

  /** Bytes. */
  bytes(field: number, value: Uint8Array): this {
    return this.#push(tag(field, 2), varint(value.length), value);
  }

  /** Messages, one field each. */
  messages(field: number, ...values: readonly Message[]): this {
    for (const value of values) this.bytes(field, value.encode());
    return this;
  }

  /** Whole numbers in one field. */
  ints(field: number, values: readonly number[]): this {
    return this.bytes(field, join(values.map(varint)));
  }

  /** Texts, one field each. */
  texts(field: number, values: readonly string[]): this {
    for (const value of values) this.text(field, value);
    return this;
  }

  /** The message's bytes. */
  encode(): Uint8Array<ArrayBuffer> {
    return join(this.#parts);
  }

  #push(...parts: Uint8Array[]): this {
    this.#parts.push(...parts);
    return this;
  }
}

function tag(field: number, kind: number): Uint8Array {
  return varint(8 * field + kind);
}

/** Seven bits a byte, the lowest first; negative numbers as 64 bits in two's complement. */
function varint(value: number): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let place = 0;
  for (const part of parts) {
    all.set(part, place);
    place += part.length;
  }
  return all;
}
