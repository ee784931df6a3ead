/**
 * Arrays on disk in the safetensors format (8-byte header length, JSON header, raw little-endian data),
 * readable by PyTorch, JAX and NumPy without a line of ours.
 */

/**
 * A typed array with its shape.
 *
 * @internal
 */
export interface StoredArray {
  readonly shape: readonly number[];
  readonly values: Float32Array | Uint8Array | Int32Array;
}

/** What a file holds. */
export interface SafetensorsFile {
  readonly arrays: Record<string, StoredArray>;
  readonly metadata: Record<string, string>;
}

const DTYPES = { F32: Float32Array, U8: Uint8Array, I32: Int32Array } as const;

function dtypeOf(values: StoredArray["values"]): keyof typeof DTYPES {
  if (values instanceof Float32Array) return "F32";
  return values instanceof Uint8Array ? "U8" : "I32";
}

/**
 * Writes atomically: to a temporary file beside `path`, flushed to the disk, then renamed, so that a
 * kill leaves either the old file or the new one.
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
  // The data section starts on an 8-byte boundary, as the format's readers like it.
  let text = JSON.stringify(header);
  text += " ".repeat((8 - (new TextEncoder().encode(text).length % 8)) % 8);
  const headerBytes = new TextEncoder().encode(text);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(headerBytes.length), true);
  await writeAtomically(path, [length, headerBytes, ...parts]);
}

/**
 * Writes `parts` one after the other to `path`, or leaves `path` as it was.
 *
 * @throws {Error} The file cannot be written, for want of space or permission.
 */
export async function writeAtomically(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  try {
    const file = await Deno.open(temporary, { write: true, createNew: true });
    try {
      for (const part of parts) {
        for (let done = 0; done < part.length;) done += await file.write(part.subarray(done));
      }
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    const detail = error instanceof Error ? error.message : String(error);
    throw new Error(
      `Cannot write "${path}": ${detail}; free disk space or check the folder's permissions, then ` +
        `run again: finished stages and the last checkpoint are kept`,
      { cause: error },
    );
  }
}

/**
 * @throws {SyntaxError} The file is truncated or not in the format.
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  const bytes = await Deno.readFile(path);
  const broken = (why: string) =>
    new SyntaxError(`Cannot read "${path}" as safetensors: ${why}; delete it and run again`);
  if (bytes.length < 8) throw broken(`found ${bytes.length} bytes, want at least 8`);
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const start = 8 + headerLength;
  if (start > bytes.length) throw broken("the header is cut off");
  let header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  } catch {
    throw broken("the header is not JSON");
  }
  const metadata = (header.__metadata__ ?? {}) as unknown as Record<string, string>;
  delete header.__metadata__;
  const arrays: Record<string, StoredArray> = {};
  for (const [name, entry] of Object.entries(header)) {
    const Type = DTYPES[entry.dtype as keyof typeof DTYPES];
    if (Type === undefined) throw broken(`array "${name}" has unknown type ${entry.dtype}`);
    const [from, to] = entry.data_offsets;
    if (start + to > bytes.length) throw broken(`array "${name}" is cut off`);
    // Copied, since a view would need the file's own alignment.
    const data = bytes.slice(start + from, start + to);
    arrays[name] = { shape: entry.shape, values: new Type(data.buffer) };
  }
  return { arrays, metadata };
}
