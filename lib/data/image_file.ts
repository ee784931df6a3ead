/** PNG and JPEG files to bytes. */
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
  let image;
  try {
    image = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    throw undecodable(name, "PNG", { bytes, error });
  }
  const { width, height } = image;
  return { width, height, pixels: dropAlpha(image.data) };
}

function undecodable(
  name: string,
  format: string,
  { bytes, error }: { bytes: Uint8Array; error: unknown },
): SyntaxError {
  const detail = error instanceof Error ? error.message : String(error);
  return new SyntaxError(
    `Cannot decode "${name}" as ${format}: found ${bytes.length} bytes (${detail}), want a whole ` +
      `${format} file; get the file again`,
    { cause: error },
  );
}

/** Red, green, blue, alpha to red, green, blue. */
function dropAlpha(rgba: Uint8Array | Uint8ClampedArray): Uint8Array {
  const rgb = new Uint8Array(rgba.length / 4 * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    rgb[to++] = rgba[from]!;
    rgb[to++] = rgba[from + 1]!;
    rgb[to++] = rgba[from + 2]!;
  }
  return rgb;
}
