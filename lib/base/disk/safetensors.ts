/**
 * Arrays on disk in the safetensors format (8-byte header length, JSON header, raw little-endian data),
 * readable by PyTorch, JAX and NumPy without a line of ours.
 *
 * Read as strictly as the Python library 0.8 does: the arrays fill the data from the first byte to the last, without
 * holes, overlaps or bytes left over. F32, F64, U8 and I32 are read as they are, BF16 and F16 as float32 and I64 as
 * float64, all exactly; other types, and I64 beyond 2^53, are refused by name.
 */
import * as v from "valibot";
import { dtypeOf, DTYPES, type StoredValues } from "./dtypes.ts";
import { Count, Crc32, parseAs, writeAtomically } from "./files.ts";

/**
 * A typed array with its shape.
 *
 * @internal
 */
export interface StoredArray {
  readonly shape: readonly number[];
  readonly values: StoredValues;
}

/** What a file holds. */
export interface SafetensorsFile {
  readonly arrays: Record<string, StoredArray>;
  readonly metadata: Record<string, string>;
}

/** What was read from a file. */
export interface ReadSafetensors extends SafetensorsFile {
  /** There was none to compare: another program or an older version wrote the file. */
  readonly lacksChecksum?: true;
}

const Header = v.objectWithRest(
  { __metadata__: v.optional(v.record(v.string(), v.string()), () => ({})) },
  v.strictObject({
    dtype: v.picklist(Object.keys(DTYPES) as (keyof typeof DTYPES)[]),
    shape: v.array(Count),
    data_offsets: v.strictTuple([Count, Count]),
  }),
);

/** Where the metadata keep the checksum of header and data. */
const CHECKSUM = "crc32";

/**
 * Writes atomically: to a temporary file beside `path`, flushed to the disk, then renamed, so that a
 * kill leaves either the old file or the new one. A checksum of everything goes into the metadata.
 *
 * @throws {Error} The disk is full or the folder not writable; the message names the file.
 */
export async function writeSafetensors(path: string, file: SafetensorsFile): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: file.metadata };
  let position = 0;
  const parts: Uint8Array[] = [];
  for (const [name, { shape, values }] of Object.entries(file.arrays)) {
    const end = position + values.byteLength;
    header[name] = { dtype: dtypeOf(values), shape, data_offsets: [position, end] };
    parts.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    position = end;
  }
  const checksum = checksumOf(header, parts);
  header.__metadata__ = { ...file.metadata, [CHECKSUM]: checksum };
  // The data section starts on an 8-byte boundary, as the format's readers like it.
  let text = JSON.stringify(header);
  text += " ".repeat((8 - (new TextEncoder().encode(text).length % 8)) % 8);
  const headerBytes = new TextEncoder().encode(text);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(headerBytes.length), true);
  await writeAtomically(path, [length, headerBytes, ...parts]);
}

/** Of the header as JSON, without the checksum itself, and of the data. */
function checksumOf(header: unknown, data: readonly Uint8Array[]): string {
  const checksum = new Crc32().update(JSON.stringify(header));
  for (const part of data) checksum.update(part);
  return checksum.digest();
}

/**
 * Reads a file and compares its checksum, where it has one.
 *
 * @throws {SyntaxError} The file is truncated, damaged or not in the format; says what helps.
 */
export async function readSafetensors(path: string): Promise<ReadSafetensors> {
  return decodeSafetensors(await Deno.readFile(path), path);
}

/**
 * The same from bytes.
 *
 * @param path Of the file, for errors.
 */
export function decodeSafetensors(bytes: Uint8Array, path: string): ReadSafetensors {
  const purpose = { task: `read "${path}" as safetensors`, remedy: "delete it and run again" };
  const broken = (why: string) =>
    new SyntaxError(`Cannot ${purpose.task}: ${why}; ${purpose.remedy}`);
  if (bytes.length < 8) throw broken(`found ${bytes.length} bytes, want at least 8`);
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const start = 8 + headerLength;
  if (start > bytes.length) {
    throw broken(`the header is cut off: found ${bytes.length} bytes, want at least ${start}`);
  }
  const text = new TextDecoder().decode(bytes.subarray(8, start));
  const header = parseAs(Header, text, purpose);
  const { __metadata__: { [CHECKSUM]: checksum, ...metadata }, ...entries } = header;
  if (checksum !== undefined) {
    const own = checksumOf({ __metadata__: metadata, ...entries }, [bytes.subarray(start)]);
    if (own !== checksum) throw broken(`found checksum ${own}, want ${checksum}`);
  }
  const found = bytes.length - start;
  const arrays: Record<string, StoredArray> = {};
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries(entries)) {
    const { size, decode } = DTYPES[dtype];
    const wanted = shape.reduce((product, side) => product * side, size);
    if (to - from !== wanted) {
      throw broken(
        `array "${name}" of shape [${shape.join(", ")}] has ${to - from} bytes, want ${wanted}`,
      );
    }
    if (to > found) {
      throw broken(`array "${name}" is cut off: found ${found} bytes of data, want ${to}`);
    }
    // Copied, since a view would need the file's own alignment.
    const data = bytes.slice(start + from, start + to);
    try {
      arrays[name] = { shape, values: decode(data.buffer) };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw broken(`array "${name}" of type ${dtype}: ${error.message}`);
    }
  }
  const flaw = flawOfPlaces(entries, found);
  if (flaw !== undefined) throw broken(flaw);
  return { arrays, metadata, ...(checksum === undefined && { lacksChecksum: true }) };
}

/** Why arrays do not fill `length` bytes from the first to the last; undefined where they do. */
function flawOfPlaces(
  entries: Readonly<Record<string, { readonly data_offsets: readonly [number, number] }>>,
  length: number,
): string | undefined {
  const places = Object.entries(entries)
    .map(([name, { data_offsets: [from, to] }]) => ({ name, from, to }))
    .sort((a, b) => a.from - b.from || a.to - b.to);
  let end = 0;
  for (const { name, from, to } of places) {
    if (from !== end) {
      const what = from > end ? "follows a hole" : "overlaps another";
      return `array "${name}" ${what}: found its data at byte ${from}, want byte ${end}`;
    }
    end = to;
  }
  if (end === length) return undefined;
  return `found ${length - end} bytes after the last array, want none`;
}
