/**
 * The list of contents of a zip: what lies where, in a few numbers each. Written here since a library that keeps all
 * fields of all entries takes a gigabyte for Tiny-ImageNet's 120,000. Source: PKWARE, APPNOTE.TXT 6.3.10, 4.3 to 4.5.
 */
import { decodeName } from "./names.ts";
import type { FilePieces } from "./pieces.ts";

/** A file or a folder in a zip. */
export interface ZipEntry {
  /** With slashes; a folder's ends with one. */
  readonly name: string;
  /** Bytes when unpacked. */
  readonly size: number;
  /** Bytes in the zip. */
  readonly packedSize: number;
  readonly crc32: number;
  /** Place of its own header in the file. */
  readonly offset: number;
  /** 0: stored; 8: deflated. */
  readonly method: number;
  readonly isEncrypted: boolean;
}

/** The record at the end, without the comment behind it. */
const END = { signature: 0x06054b50, length: 22, longestComment: 0xffff } as const;
/** What tells where the larger record of a large zip begins; right before the one at the end. */
const LOCATOR = { signature: 0x07064b50, length: 20 } as const;
const LARGE_END = { signature: 0x06064b50, length: 56 } as const;
const ENTRY = { signature: 0x02014b50, length: 46 } as const;
/** Stands for "see the field of 64 bits". */
const SEE_64 = 0xffffffff;
const [FIELD_64, FIELD_UNICODE_PATH] = [0x0001, 0x7075];
const [ENCRYPTED, UTF8] = [1 << 0, 1 << 11];

/**
 * Every entry, in the order of the list.
 *
 * @throws {Error} Not a whole zip; says what is wrong.
 */
export function* zipEntries(file: FilePieces): Generator<ZipEntry> {
  const list = findList(file);
  const bytes = file.piece(list.start, list.size);
  const view = new DataView(bytes.buffer);
  let count = 0;
  for (let at = 0; at < bytes.length; count++) {
    if (at + ENTRY.length > bytes.length || view.getUint32(at, true) !== ENTRY.signature) {
      throw new Error(`its list of contents is damaged after ${count} entries`);
    }
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((place) =>
      view.getUint16(at + place, true)
    ) as [number, number, number];
    const next = at + ENTRY.length + nameLength + extraLength + commentLength;
    if (next > bytes.length) {
      throw new Error(`its list of contents is damaged after ${count} entries`);
    }
    const extraStart = at + ENTRY.length + nameLength;
    const extra = extraFields(bytes.subarray(extraStart, extraStart + extraLength));
    const flags = view.getUint16(at + 8, true);
    const [size, packedSize, offset] = longNumbers(
      [24, 20, 42].map((place) => view.getUint32(at + place, true)),
      extra.get(FIELD_64),
    ) as [number, number, number];
    yield {
      name: decodeName(bytes.subarray(at + ENTRY.length, extraStart), {
        isUtf8: (flags & UTF8) !== 0,
        unicodePath: extra.get(FIELD_UNICODE_PATH),
      }),
      size,
      packedSize,
      crc32: view.getUint32(at + 16, true),
      offset: list.shift + offset,
      method: view.getUint16(at + 10, true),
      isEncrypted: (flags & ENCRYPTED) !== 0,
    };
    at = next;
  }
  // Old programs count a large zip's entries in 16 bits.
  if (count !== list.count && count % 0x10000 !== list.count) {
    throw new Error(`its list of contents has ${count} entries, not ${list.count}`);
  }
}

/** Where the list lies. */
interface ListPlace {
  readonly start: number;
  readonly size: number;
  /** Entries that it should have, in 16 bits where the zip is no large one. */
  readonly count: number;
  /** Bytes before the zip, such as a program that unpacks it: all places are meant from there. */
  readonly shift: number;
}

function findList(file: FilePieces): ListPlace {
  const tailStart = Math.max(0, file.size - END.length - END.longestComment);
  const tail = new DataView(file.piece(tailStart, file.size - tailStart).buffer);
  let at = tail.byteLength - END.length;
  while (at >= 0 && !isEnd(tail, at)) at--;
  if (at < 0) throw new Error("it has no list of contents at its end, as one that is cut short");
  let listEnd = tailStart + at;
  let [size, start, count] = [
    tail.getUint32(at + 12, true),
    tail.getUint32(at + 16, true),
    tail.getUint16(at + 10, true),
  ];
  const large = largeEnd(file, listEnd);
  if (large !== undefined) ({ size, start, count, at: listEnd } = large);
  const shift = listEnd - size - start;
  if (shift < 0) {
    throw new Error(`its list of contents should end at byte ${start + size}, not ${listEnd}`);
  }
  return { start: listEnd - size, size, count, shift };
}

function isEnd(tail: DataView, at: number): boolean {
  return tail.getUint32(at, true) === END.signature &&
    at + END.length + tail.getUint16(at + 20, true) <= tail.byteLength;
}

/** The record of a zip with more than 65,535 entries or 4 GiB; undefined where there is none. */
function largeEnd(file: FilePieces, end: number) {
  if (end < LOCATOR.length + LARGE_END.length) return undefined;
  const locator = new DataView(file.piece(end - LOCATOR.length, LOCATOR.length).buffer);
  if (locator.getUint32(0, true) !== LOCATOR.signature) return undefined;
  // Where it lies as a rule, also where something stands before the zip.
  for (
    const at of [Number(locator.getBigUint64(8, true)), end - LOCATOR.length - LARGE_END.length]
  ) {
    if (at + LARGE_END.length > end) continue;
    const record = new DataView(file.piece(at, LARGE_END.length).buffer);
    if (record.getUint32(0, true) !== LARGE_END.signature) continue;
    const [count, size, start] = [32, 40, 48].map((place) =>
      Number(record.getBigUint64(place, true))
    ) as [number, number, number];
    return { at, count, size, start };
  }
  throw new Error("the place of its list of contents is damaged");
}

/** Contents of the extra fields by their number. */
function extraFields(bytes: Uint8Array): Map<number, Uint8Array> {
  const fields = new Map<number, Uint8Array>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + 4 <= bytes.length;) {
    const end = at + 4 + view.getUint16(at + 2, true);
    fields.set(view.getUint16(at, true), bytes.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

/** Numbers of 32 bits; those that do not fit stand, in the same order, in the field of 64 bits. */
function longNumbers(numbers: readonly number[], field?: Uint8Array): number[] {
  let at = 0;
  return numbers.map((number) => {
    if (number !== SEE_64 || field === undefined || at + 8 > field.length) return number;
    const long = new DataView(field.buffer, field.byteOffset + at).getBigUint64(0, true);
    at += 8;
    return Number(long);
  });
}
