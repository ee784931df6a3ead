/** Damage as disks, downloads and other programs make it, drawn from a seed: no attack is built, only files go wrong. */
import type { Rng } from "../../base/rng.ts";

/** Changes a copy of some bytes. */
type Mutation = (bytes: Uint8Array<ArrayBuffer>, rng: Rng) => Uint8Array;

/** Sizes that are likely to go wrong, as a file may declare them. */
const SIZES = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0x7fffn,
  0xffffn,
  0x7fffffffn,
  0xffffffffn,
  0x100000000n,
  0x7fffffffffffffffn,
  0xffffffffffffffffn,
];

/** Numbers of text that are likely to go wrong. */
const NUMBERS = ["0", "-1", "1e999", "0.5", "4294967296", "9007199254740993", "null", '"12"', "[]"];

/** A part of the bytes: where it begins, and how long it is. */
function part(length: number, rng: Rng, most = 64): [start: number, size: number] {
  const start = rng.integer(Math.max(1, length));
  return [start, Math.min(length - start, 1 + rng.integer(most))];
}

const spliced = (bytes: Uint8Array, from: number, to: number, between: Uint8Array) => {
  const result = new Uint8Array(from + between.length + bytes.length - to);
  result.set(bytes.subarray(0, from));
  result.set(between, from);
  result.set(bytes.subarray(to), from + between.length);
  return result;
};

/** Kinds of damage by name. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "flipped bits"(bytes, rng) {
    for (let k = 1 + rng.integer(8); k > 0; k--) {
      bytes[rng.integer(bytes.length)]! ^= 1 << rng.integer(8);
    }
    return bytes;
  },
  "other bytes"(bytes, rng) {
    const [start, size] = part(bytes.length, rng, 8);
    for (let i = start; i < start + size; i++) bytes[i] = rng.integer(256);
    return bytes;
  },
  "cut off": (bytes, rng) => bytes.subarray(0, rng.integer(bytes.length)),
  "bytes after its end"(bytes, rng) {
    const more = Uint8Array.from({ length: 1 + rng.integer(64) }, () => rng.integer(256));
    return spliced(bytes, bytes.length, bytes.length, more);
  },
  "zeros in place of a block"(bytes, rng) {
    const [start, size] = part(bytes.length, rng, 512);
    return bytes.fill(0, start, start + size);
  },
  "a block that is missing"(bytes, rng) {
    const [start, size] = part(bytes.length, rng);
    return spliced(bytes, start, start + size, new Uint8Array());
  },
  "a block twice"(bytes, rng) {
    const [start, size] = part(bytes.length, rng);
    return spliced(bytes, start, start, bytes.slice(start, start + size));
  },
  "swapped blocks"(bytes, rng) {
    const [first, size] = part(bytes.length, rng);
    const second = rng.integer(bytes.length - size + 1);
    const [one, other] = [first, second].map((at) => bytes.slice(at, at + size));
    bytes.set(one!, second);
    bytes.set(other!, first);
    return bytes;
  },
  "a wrong declared size"(bytes, rng) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const size = SIZES[rng.integer(SIZES.length)]!;
    const isLittle = rng.integer(2) === 0;
    const width = Math.min([2, 4, 8][rng.integer(3)]!, bytes.length);
    // Sizes stand near the start more often than elsewhere.
    const reach = rng.integer(2) === 0 ? Math.min(bytes.length, 64) : bytes.length;
    const at = Math.min(rng.integer(reach), bytes.length - width);
    if (width === 8) view.setBigUint64(at, BigInt.asUintN(64, size), isLittle);
    else if (width === 4) view.setUint32(at, Number(BigInt.asUintN(32, size)), isLittle);
    else if (width === 2) view.setUint16(at, Number(BigInt.asUintN(16, size)), isLittle);
    return bytes;
  },
  "another number in its text"(bytes, rng) {
    const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    const found = [...text.matchAll(/-?\d+(\.\d+)?/g)];
    if (found.length === 0) return bytes;
    const { index, 0: digits } = found[rng.integer(found.length)]!;
    const other = new TextEncoder().encode(NUMBERS[rng.integer(NUMBERS.length)]);
    return spliced(bytes, index, index + digits.length, other);
  },
};
const NAMES = Object.keys(MUTATIONS);

/** Damaged bytes, and what was done: one to three changes, one after the other. */
export function mutate(bytes: Uint8Array, rng: Rng): { bytes: Uint8Array; how: string } {
  const how: string[] = [];
  let result: Uint8Array = bytes;
  for (let k = [1, 1, 1, 2, 3][rng.integer(5)]!; k > 0 && result.length > 0; k--) {
    const name = NAMES[rng.integer(NAMES.length)]!;
    result = MUTATIONS[name]!(new Uint8Array(result), rng);
    how.push(name);
  }
  return { bytes: result, how: how.join(", ") };
}
