/** Image files of any kind and mode to red, green and blue: JPEG (grey, colour, CMYK) and PNG (palette, grey, 16 bit). */
import { flawOfSize } from "./declared_size.ts";
import { type DecodedImage, decodePng, isPng, undecodable } from "./image_file.ts";
import { isJpeg, readJpegHeader } from "./jpeg_header.ts";
import type { JpegDecoder } from "./jpeg.ts";
import { otherFormat } from "./other_formats.ts";

/** Modes of an image file that somebody may want to know of. */
export interface ImageKind {
  readonly format: "JPEG" | "PNG";
  readonly width: number;
  readonly height: number;
  /** Whether it holds grey levels only. */
  readonly isGrey: boolean;
  /** Whether it holds amounts of ink. */
  readonly isCmyk: boolean;
}

/** What the first bytes say, whatever the file is called; undefined where it is neither JPEG nor PNG. */
export function imageKind(bytes: Uint8Array): ImageKind | undefined {
  if (isPng(bytes) && bytes.length > 25) {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    // Colour types of PNG (ISO/IEC 15948, 11.2.2): 0 grey, 4 grey with transparency.
    const isGrey = bytes[25] === 0 || bytes[25] === 4;
    const [width, height] = [view.getUint32(16), view.getUint32(20)];
    return { format: "PNG", width, height, isGrey, isCmyk: false };
  }
  const header = readJpegHeader(bytes);
  if (header === undefined) return undefined;
  const { width, height, components } = header;
  return { format: "JPEG", width, height, isGrey: components === 1, isCmyk: components === 4 };
}

/**
 * Decodes an image by its contents, whatever its name ends with. Grey levels become three equal channels, 16 bits
 * are divided by 257 and rounded, transparency is dropped, inks become colours as TensorFlow does. Pixels stay as they
 * are stored: a camera's note on how to turn the picture is not followed.
 *
 * @param name File name for errors.
 * @returns Pixels [height, width, 3].
 * @throws {SyntaxError} Neither a whole JPEG nor a whole PNG.
 */
export async function decodeImage(
  bytes: Uint8Array,
  { name, decoder }: { readonly name: string; readonly decoder: JpegDecoder },
): Promise<DecodedImage> {
  const kind = imageKind(bytes);
  if (kind === undefined) {
    const format = isJpeg(bytes) ? "JPEG" : isPng(bytes) ? "PNG" : "JPEG or PNG";
    throw undecodable({ name, format, bytes, detail: withoutHeader(bytes) });
  }
  const { format } = kind;
  const detail = flawOfSize(kind, bytes.length);
  if (detail !== undefined) throw undecodable({ name, format, bytes, detail });
  if (kind.isCmyk) return await decodeCmyk(bytes, name);
  return format === "PNG" ? decodePng(bytes, name) : await decoder.decode(bytes, name);
}

function withoutHeader(bytes: Uint8Array): string {
  if (bytes.length === 0) return "it is empty";
  const other = otherFormat(bytes);
  return other === undefined
    ? "it has no image header"
    : `it is ${other === "AVIF" ? "an" : "a"} ${other} image: save it as JPEG or PNG`;
}

/** JPEGs of amounts of ink, which the usual decoder refuses. Loads TensorFlow. */
async function decodeCmyk(bytes: Uint8Array, name: string): Promise<DecodedImage> {
  const refuse = (detail: string) => undecodable({ name, format: "JPEG", bytes, detail });
  const { backendInfo } = await import("../../base/tf.ts");
  if (backendInfo.name !== "native") {
    throw refuse("CMYK, which only native TensorFlow reads here: save it as RGB");
  }
  // The package of the backend that is loaded: others do not have it.
  const { node } = await import("@tensorflow/tfjs-node-gpu");
  let image: ReturnType<typeof node.decodeJpeg>;
  try {
    image = node.decodeJpeg(bytes, 3);
  } catch (error) {
    const [detail = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw refuse(detail);
  }
  const [height, width] = image.shape;
  const pixels = Uint8Array.from(image.dataSync());
  image.dispose();
  return { width, height, pixels };
}
