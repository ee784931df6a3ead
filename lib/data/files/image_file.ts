/** PNG and JPEG files to bytes. */
import decodeWithMozjpeg, { init } from "@jsquash/jpeg/decode.js";
import { Buffer } from "node:buffer";
import { PNG } from "pngjs";

/** A decoded image: pixels [height, width, 3], bytes, red green blue. */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/**
 * Decodes a PNG; grey levels become three equal channels, transparency is dropped.
 *
 * @param name File name for errors.
 * @throws {SyntaxError} The bytes are not a whole PNG.
 */
export function decodePng(bytes: Uint8Array, name: string): DecodedImage {
  let image: { width: number; height: number; data: Uint8Array };
  try {
    image = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const detail = said.includes("read requests") ? "it ends too early" : said;
    throw undecodable({ name, format: "PNG", bytes, detail });
  }
  return { width: image.width, height: image.height, pixels: dropAlpha(image.data) };
}

/** What the JPEG decoder printed during the current call. */
let complaints: string[] = [];
let jpegTurn: Promise<unknown> | undefined;

/**
 * Decodes a JPEG to the same bytes as libjpeg-turbo; grey levels become three equal channels.
 *
 * @param name File name for errors.
 * @throws {SyntaxError} The bytes are not a whole JPEG.
 */
export function decodeJpeg(bytes: Uint8Array, name: string): Promise<DecodedImage> {
  if (jpegTurn === undefined) {
    const options = { printErr: (line: string) => complaints.push(line) };
    jpegTurn = init(options as unknown as Parameters<typeof init>[0]);
  }
  // One call after the other, so that each reads its own complaints.
  const turn = jpegTurn.then(() => decodeJpegNow(bytes, name));
  jpegTurn = turn.catch(() => {});
  return turn;
}

async function decodeJpegNow(bytes: Uint8Array, name: string): Promise<DecodedImage> {
  complaints = [];
  let image: { width: number; height: number; data: ArrayLike<number> } | undefined;
  let fault = "";
  try {
    image = await decodeWithMozjpeg(bytes.slice().buffer);
  } catch (error) {
    // The decoder throws objects of its own; what it printed says more.
    fault = error instanceof Error ? error.message : "decoding failed";
  }
  const detail = complaints.join("; ") || fault;
  // A damaged file decodes to grey areas with no more than a warning.
  if (image === undefined || /premature end|bad huffman/i.test(detail)) {
    throw undecodable({ name, format: "JPEG", bytes, detail });
  }
  return { width: image.width, height: image.height, pixels: dropAlpha(image.data) };
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

function undecodable(
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

/** Red, green, blue, alpha to red, green, blue. */
function dropAlpha(rgba: ArrayLike<number>): Uint8Array {
  const rgb = new Uint8Array(rgba.length / 4 * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    rgb[to++] = rgba[from]!;
    rgb[to++] = rgba[from + 1]!;
    rgb[to++] = rgba[from + 2]!;
  }
  return rgb;
}
