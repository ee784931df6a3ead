/** PNG files to bytes and back. */
import { Buffer } from "node:buffer";
import { inflateSync } from "node:zlib";
// @ts-types="./pngjs.d.ts"
import { PNG } from "pngjs";
import { flawOfSize } from "./declared_size.ts";
import { withoutAlpha } from "./without_alpha.ts";

/** A decoded image: pixels [height, width, 3], bytes, red green blue. */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Whether bytes begin as a PNG does, whatever the name of their file says. */
export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((value, i) => bytes[i] === value);
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/**
 * Decodes a PNG; grey levels become three equal channels, transparency is dropped: colours stay, also that
 * of pixels that do not show.
 *
 * @param name File name for errors.
 * @throws {SyntaxError} The bytes are not a whole PNG.
 */
export function decodePng(bytes: Uint8Array, name: string): DecodedImage {
  const flaw = flawOfPng(bytes);
  if (flaw !== undefined) throw undecodable({ name, format: "PNG", bytes, detail: flaw });
  let image: { width: number; height: number; data: Uint8Array };
  try {
    image = PNG.sync.read(withoutKey(bytes));
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const detail = said.includes("read requests") ? "it ends too early" : said;
    throw undecodable({ name, format: "PNG", bytes, detail });
  }
  return { width: image.width, height: image.height, pixels: withoutAlpha(image.data) };
}

/** Channels by the colour type of a PNG (ISO/IEC 15948, 11.2.2). */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const PALETTE = 3;

/** What is wrong with the sizes of a PNG, as far as its header and its packed pixels tell before they are decoded. */
function flawOfPng(bytes: Uint8Array): string | undefined {
  if (!isPng(bytes) || bytes.length < 33) return "it has no image header";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colours, interlaced] = [bytes[24]!, bytes[25]!, bytes[28]!];
  const flaw = flawOfSize({ width, height }, bytes.length);
  if (flaw !== undefined || interlaced === 0) return flaw;
  // The library bounds what it unpacks of other images itself. Passes round up, and each row has a byte of its own.
  const row = width * (CHANNELS[colours] ?? 4) * depth / 8;
  const most = Math.ceil(2 * (row + 8) * (height + 8));
  try {
    inflateSync(Buffer.concat(packedPixels(bytes, view)), { maxOutputLength: most });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The parts of the packed pixels, as far as lengths lead. */
function packedPixels(bytes: Uint8Array, view: DataView): Uint8Array[] {
  return [...partsOf(bytes, view)].filter(({ name }) => name === "IDAT")
    .map(({ start, end }) => bytes.subarray(start + 8, end - 4));
}

/**
 * The file without the level or colour that counts as transparent (ISO/IEC 15948, 11.3.2): the library would paint
 * pixels of it black. A palette keeps its transparency, which changes no colour.
 */
function withoutKey(bytes: Uint8Array): Buffer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const key = bytes[25] === PALETTE
    ? undefined
    : [...partsOf(bytes, view)].find(({ name }) => name === "tRNS");
  return key === undefined
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : Buffer.concat([bytes.subarray(0, key.start), bytes.subarray(key.end)]);
}

/** Names and places of the parts of a PNG, as far as lengths lead. */
function* partsOf(
  bytes: Uint8Array,
  view: DataView,
): Generator<{ readonly name: string; readonly start: number; readonly end: number }> {
  for (let start = 8; start + 12 <= bytes.length;) {
    // Length, name and checksum of the contents have four bytes each.
    const end = start + 12 + view.getUint32(start);
    yield { name: String.fromCharCode(...bytes.subarray(start + 4, start + 8)), start, end };
    start = end;
  }
}

/** Writes pixels [height, width, 3] as a PNG. */
export function encodePng({ width, height, pixels }: DecodedImage): Uint8Array {
  if (pixels.length !== width * height * 3) {
    throw new RangeError(
      `Cannot encode a PNG of ${width} x ${height}: found ${pixels.length} bytes, want ` +
        `${width * height * 3}`,
    );
  }
  const data = Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  const image = Object.assign(new PNG({ width, height }), { data });
  return new Uint8Array(PNG.sync.write(image, { colorType: 2, inputColorType: 2 }));
}

/** The error for a file that cannot be decoded. */
export function undecodable(
  { name, format, bytes, detail }: {
    name: string;
    format: string;
    bytes: Uint8Array;
    detail: string;
  },
): SyntaxError {
  return new SyntaxError(
    `Cannot decode "${name}" as ${format}: found ${bytes.length} bytes (${detail}), want a whole ` +
      `${format} file; get the file again`,
  );
}
