/** Types of numbers in safetensors files, and how each becomes a typed array. */

/** Numbers as arrays hold them in memory. */
export type StoredValues = Float32Array | Float64Array | Uint8Array | Int32Array;

/** How numbers of one type lie in a file. */
interface Dtype {
  /** Bytes of a number. */
  readonly size: number;
  /**
   * Numbers from bytes of their own, aligned and a multiple of `size` long.
   *
   * @throws {RangeError} A number does not fit; the message is what was found and what is wanted.
   */
  readonly decode: (data: ArrayBuffer) => StoredValues;
}

/** Types that are read, by the format's names; what `dtypeOf` names is written as well. */
export const DTYPES = {
  F32: { size: 4, decode: (data) => new Float32Array(data) },
  U8: { size: 1, decode: (data) => new Uint8Array(data) },
  I32: { size: 4, decode: (data) => new Int32Array(data) },
  F64: { size: 8, decode: (data) => new Float64Array(data) },
  BF16: { size: 2, decode: fromBrainFloats },
  F16: { size: 2, decode: fromHalfFloats },
  I64: { size: 8, decode: fromLongs },
} as const satisfies Record<string, Dtype>;

/** The type that values are written as. */
export function dtypeOf(values: StoredValues): keyof typeof DTYPES {
  if (values instanceof Float32Array) return "F32";
  if (values instanceof Float64Array) return "F64";
  return values instanceof Uint8Array ? "U8" : "I32";
}

/** A bfloat16 is the upper half of a float32. */
function fromBrainFloats(data: ArrayBuffer): Float32Array {
  return new Float32Array(Uint32Array.from(new Uint16Array(data), (bits) => bits << 16).buffer);
}

/** IEEE 754 binary16: a sign, five bits of exponent, ten of mantissa; each is a float32 exactly. */
function fromHalfFloats(data: ArrayBuffer): Float32Array {
  return Float32Array.from(new Uint16Array(data), (bits) => {
    const sign = bits >> 15 === 0 ? 1 : -1;
    const exponent = (bits >> 10) & 31;
    const mantissa = bits & 1023;
    if (exponent === 31) return mantissa === 0 ? sign * Infinity : NaN;
    return exponent === 0
      ? sign * mantissa * 2 ** -24
      : sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
  });
}

/** Whole numbers that a float64 holds exactly. */
function fromLongs(data: ArrayBuffer): Float64Array {
  const most = BigInt(Number.MAX_SAFE_INTEGER) + 1n;
  return Float64Array.from(new BigInt64Array(data), (value) => {
    if (value < -most || value > most) {
      throw new RangeError(`found ${value}, want integers from -2^53 to 2^53`);
    }
    return Number(value);
  });
}
