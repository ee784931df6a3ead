/** Arrays in HDF5 files, read piece by piece; loads its WebAssembly library on first use. */
import type { ImageShape } from "../../base/contracts.ts";
import type { Dataset as StoredArray, File as StoredFile } from "h5wasm/node";

/** What to do about a file of the authors that cannot be used. */
export const REMEDY = "get the file from its authors again (data/README.md)";

/** An open HDF5 file; close it when done. */
export interface Hdf5File extends Disposable {
  readonly path: string;
  /** What to do where it cannot be used. */
  readonly remedy: string;
  /** Arrays at the top of the file, in alphabetical order. */
  readonly names: readonly string[];
  /**
   * Sides of an array.
   *
   * @throws {RangeError} There is no such array; names those that are there.
   */
  shapeOf(name: string): readonly number[];
  /**
   * Whether the elements of an array are integers.
   *
   * @throws {RangeError} There is no such array.
   */
  isInteger(name: string): boolean;
  /**
   * A whole array of integers of any size, of named integers such as booleans, or of floating-point numbers of 32 or 64
   * bits, in row order.
   *
   * @throws {RangeError} There is no such array, it holds none of these, or an integer is too large for a double.
   */
  numbers(name: string): Float64Array;
  /**
   * Rows `from` … `to` − 1 along the first side of an array of unsigned bytes.
   *
   * @throws {RangeError} There is no such array, it holds no bytes, or there are no such rows.
   */
  rows(name: string, from: number, to: number): Uint8Array;
  /**
   * How many rows to read at once so that nothing is unpacked twice. h5py cuts images into chunks of thousands of them by
   * a few pixels, and a shorter piece unpacks all that it touches.
   *
   * @param least Rows that are wanted at once; the next multiple of a chunk's, where that fits into memory.
   * @throws {RangeError} There is no such array.
   */
  rowsAtOnce(name: string, least: number): number;
  /** Releases the file; reading afterwards throws. */
  close(): void;
}

/**
 * Labels that were divided by their scale, as networks see them: all in [0, 1], some of them fractions. Nothing in a
 * file says by what, so they are refused.
 *
 * @param wanted What the labels should be, such as "years".
 * @throws {RangeError} The labels look so.
 */
export function refuseScaledLabels(
  labels: Float64Array,
  { path, name, wanted, scale }: { path: string; name: string; wanted: string; scale: number },
): void {
  const areScaled = labels.every((label) => label >= 0 && label <= 1) &&
    labels.some((label) => !Number.isInteger(label));
  if (!areScaled) return;
  const sorted = labels.toSorted();
  throw new RangeError(
    `Cannot use "${path}": found ${name} from ${sorted[0]} to ${
      sorted.at(-1)
    }, which look divided by their ` +
      `scale, want ${wanted}: multiply them by it (${scale} in the paper)`,
  );
}

/**
 * Different positions below `count`.
 *
 * @throws {RangeError} Another value, or one twice.
 */
export function positionsOf(file: Hdf5File, name: string, count: number): Uint32Array {
  const values = file.numbers(name);
  const refuse = (found: string, wanted: string) =>
    new RangeError(`Cannot use "${file.path}": found ${found}, want ${wanted}; ${file.remedy}`);
  const wrong = values.find((value) => !(Number.isInteger(value) && value >= 0 && value < count));
  if (wrong !== undefined) throw refuse(`${wrong} in ${name}`, `integers from 0 to ${count - 1}`);
  const seen = new Set<number>();
  for (const value of values) {
    if (seen.has(value)) throw refuse(`position ${value} twice in ${name}`, "each once");
    seen.add(value);
  }
  return Uint32Array.from(values);
}

/** [n, channels, height, width] to [n, height, width, channels]. */
export function channelsLast(
  planes: Uint8Array,
  { height, width, channels }: ImageShape,
): Uint8Array {
  const pixels = new Uint8Array(planes.length);
  const area = height * width;
  for (let start = 0; start < planes.length; start += area * channels) {
    for (let channel = 0; channel < channels; channel++) {
      const plane = start + channel * area;
      for (let i = 0; i < area; i++) pixels[start + i * channels + channel] = planes[plane + i]!;
    }
  }
  return pixels;
}

const SIGNATURE = "\x89HDF\r\n\x1a\n";
/** What a byte of a file can hold at most: deflate packs 1032 to one. A damaged size would take all memory. */
const MOST_EXPANSION = 1032;
/** Bytes that a piece of rows may take. */
const MOST_AT_ONCE = 2 ** 28;
/** The format's numbers of its kinds of elements. */
const INTEGER = 0;
const FLOAT = 1;
const ENUM = 8;

/**
 * Opens an HDF5 file for reading.
 *
 * @param remedy Ends every error: what to do about a file that cannot be used.
 * @throws {Deno.errors.NotFound} There is no such file.
 * @throws {SyntaxError} It is not an HDF5 file, or cut short.
 */
export async function openHdf5(path: string, remedy = REMEDY): Promise<Hdf5File> {
  await checkSignature(path, remedy);
  const { default: library } = await import("h5wasm/node");
  const module = await library.ready;
  const attempt = <T>(work: () => T): T => {
    // The library otherwise prints pages for every failure; it is one for the whole process, so set it back.
    module.activate_throwing_error_handler();
    try {
      return work();
    } catch (error) {
      throw unreadable(path, remedy, error instanceof Error ? error.message : String(error), error);
    } finally {
      module.deactivate_throwing_error_handler();
    }
  };
  const { size } = await Deno.stat(path);
  const file = attempt(() => new library.File(path, "r"));
  try {
    return wrap(file, { path, remedy, size }, attempt);
  } catch (error) {
    file.close();
    throw error;
  }
}

async function checkSignature(path: string, remedy: string): Promise<void> {
  if (await hasSignature(path)) return;
  throw new SyntaxError(
    `Cannot read "${path}": found no HDF5 signature at its start, want one; ${remedy}`,
  );
}

/** Whether a file begins as HDF5 files do; a download that failed often left a page of text in its place. */
export async function hasSignature(path: string): Promise<boolean> {
  using file = await Deno.open(path);
  const start = new Uint8Array(SIGNATURE.length);
  const length = await file.read(start);
  return length === start.length && String.fromCharCode(...start) === SIGNATURE;
}

function unreadable(path: string, remedy: string, said: string, cause?: unknown): SyntaxError {
  // A stack of messages, of which the innermost says what is wrong: "truncated file: eof = 30 ...".
  const innermost = [...said.matchAll(/#\d+: .*?\(\): (.*)/g)].at(-1)?.[1];
  const detail = innermost ?? said.split("\n")[0];
  return new SyntaxError(
    `Cannot read "${path}": the HDF5 library says "${detail}"; the file may be cut short: ${remedy}`,
    { cause },
  );
}

/** An array, and what the library says of it. */
interface Found {
  readonly array: StoredArray;
  readonly shape: readonly number[];
  readonly metadata: StoredArray["metadata"];
}

function wrap(
  file: StoredFile,
  { path, remedy, size }: Pick<Hdf5File, "path" | "remedy"> & { readonly size: number },
  attempt: <T>(work: () => T) => T,
): Hdf5File {
  // Damage may lie in any part of the file, so whatever asks the library may fail.
  const entity = (name: string) => attempt(() => file.get(name));
  const names = attempt(() => file.keys()).filter((name) => isArray(entity(name))).sort();
  let isOpen = true;
  const close = () => {
    if (isOpen) file.close();
    isOpen = false;
  };

  function find(name: string): Found {
    if (!isOpen) throw new Error(`Cannot read "${name}": "${path}" is closed`);
    const array = names.includes(name) ? entity(name) : null;
    const shape = attempt(() => isArray(array) ? array.shape : null);
    if (!isArray(array) || shape === null) {
      throw new RangeError(
        `Cannot read "${path}": found arrays ${
          names.map((found) => `"${found}"`).join(", ") || "none"
        }, want "${name}"; ${remedy}`,
      );
    }
    const metadata = attempt(() => array.metadata);
    const bytes = shape.reduce((product, side) => product * side, metadata.size);
    if (bytes > MOST_EXPANSION * size) {
      throw unreadable(
        path,
        remedy,
        `"${name}" of shape [${shape.join(", ")}] would have ${bytes} bytes, in a file of ${size}`,
      );
    }
    return { array, shape, metadata };
  }

  function refuse(name: string, { array, metadata }: Found, wanted: string): RangeError {
    // The library cannot name floats of other sizes.
    const kind = metadata.type === FLOAT && !isFloat(metadata)
      ? `floating-point numbers of ${8 * metadata.size} bits`
      : `elements of type ${JSON.stringify(attempt(() => array.dtype))}`;
    return new RangeError(
      `Cannot read "${name}" of "${path}": found ${kind}, want ${wanted}; ${remedy}`,
    );
  }

  return {
    path,
    remedy,
    names,
    shapeOf: (name) => find(name).shape,
    isInteger: (name) => [INTEGER, ENUM].includes(find(name).metadata.type),
    numbers(name) {
      const found = find(name);
      const { array, metadata } = found;
      const isRead = [INTEGER, ENUM].includes(metadata.type) || isFloat(metadata);
      if (!isRead) throw refuse(name, found, "integers or floats of 32 or 64 bits");
      const values = attempt(() => array.value) as ArrayLike<number | bigint>;
      return Float64Array.from(values, (value, i) => {
        if (typeof value === "bigint" && !Number.isSafeInteger(Number(value))) {
          throw new RangeError(
            `Cannot read "${name}" of "${path}": found ${value} at ${i}, want an integer that a ` +
              `double keeps; ${remedy}`,
          );
        }
        return Number(value);
      });
    },
    rows(name, from, to) {
      const found = find(name);
      const { array, shape, metadata: { type, size, signed } } = found;
      if (type !== INTEGER || size !== 1 || signed) throw refuse(name, found, "unsigned bytes");
      const count = shape[0] ?? 0;
      if (
        !(Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from < to && to <= count)
      ) {
        throw new RangeError(
          `Cannot read rows ${from} to ${to} of "${name}" in "${path}": it has ${count} rows`,
        );
      }
      const ranges = shape.map((_, side): [] | [number, number] => side === 0 ? [from, to] : []);
      return attempt(() => array.slice(ranges)) as Uint8Array;
    },
    rowsAtOnce(name, least) {
      const { shape, metadata: { chunks, size } } = find(name);
      const tall = chunks?.[0] ?? 1;
      const rows = Math.ceil(least / tall) * tall;
      const bytes = shape.slice(1).reduce((product, side) => product * side, rows * size);
      return bytes <= MOST_AT_ONCE ? rows : least;
    },
    close,
    [Symbol.dispose]: close,
  };
}

/** Of 32 or 64 bits. */
function isFloat({ type, size }: StoredArray["metadata"]): boolean {
  return type === FLOAT && (size === 4 || size === 8);
}

function isArray(entity: ReturnType<StoredFile["get"]>): entity is StoredArray {
  return entity !== null && "type" in entity && entity.type === "Dataset";
}
