/** Image files, alone: what every reader of images calls. */
import encodeJpeg from "@jsquash/jpeg/encode.js";
import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
// @ts-types="../../../data/files/pngjs.d.ts"
import { PNG } from "pngjs";
import { decodeImage } from "../../../data/files/any_image.ts";
import { type JpegDecoder, openJpegDecoder } from "../../../data/files/jpeg.ts";
import type { Files, Sample, Subject } from "../subject.ts";

/** Side of the images: small, so that damage often meets what is not pixels. */
const SIDE = 12;

/** Smooth colours. */
function rgba(): Uint8ClampedArray<ArrayBuffer> {
  return Uint8ClampedArray.from({ length: SIDE * SIDE * 4 }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / 4), i % 4];
    return channel === 3 ? 255 : (pixel * (channel + 1) * 5) % 256;
  });
}

/** A PNG of one of the format's kinds. */
export function pngOf(options: { colorType: 0 | 2 | 4 | 6; bitDepth?: 8 | 16 }): Uint8Array {
  const image = Object.assign(new PNG({ width: SIDE, height: SIDE }), {
    data: Buffer.from(rgba()),
  });
  const written = { ...options, inputColorType: 6, filterType: 4 } as const;
  return new Uint8Array(PNG.sync.write(image, written as Parameters<typeof PNG.sync.write>[1]));
}

/** A JPEG; grey levels where `isGrey`. */
export async function jpegOf(isGrey = false): Promise<Uint8Array> {
  const image = { data: rgba(), width: SIDE, height: SIDE, colorSpace: "srgb" as const };
  const options = { quality: 90, ...(isGrey && { color_space: 1 as const }) };
  return new Uint8Array(await encodeJpeg(image as ImageData, options));
}

/** The checksum of each chunk of a PNG made right, as far as lengths lead. */
export function withPngChecksums(bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(bytes);
  const view = new DataView(result.buffer);
  for (let at = 8; at + 12 <= result.length;) {
    const end = at + 8 + view.getUint32(at);
    if (end + 4 > result.length) break;
    view.setUint32(end, crc32(result.subarray(at + 4, end)));
    at = end + 4;
  }
  return result;
}

let decoder: JpegDecoder | undefined;

async function read(_folder: string, files: Files) {
  decoder ??= openJpegDecoder({ seconds: 5 });
  const [name, bytes] = Object.entries(files)[0]!;
  const { width, height, pixels } = await decodeImage(bytes, { name, decoder });
  if (pixels.length !== width * height * 3) {
    throw new Error(`found ${pixels.length} bytes of ${width} x ${height}`);
  }
  return [`${width} x ${height}`, pixels];
}

function close(): void {
  decoder?.close();
  decoder = undefined;
}

const png: Subject = {
  name: "PNG",
  samples: () => {
    const kinds = {
      grey: { colorType: 0 },
      colour: { colorType: 2 },
      "colour, 16 bit": { colorType: 2, bitDepth: 16 },
      transparent: { colorType: 6 },
    } as const;
    return Promise.resolve(
      Object.entries(kinds).map(([name, kind]): Sample => ({
        name,
        files: { "image.png": pngOf(kind) },
        value: "equal",
        repair: withPngChecksums,
      })),
    );
  },
  read,
  close,
};

const jpeg: Subject = {
  name: "JPEG",
  samples: async () => [
    { name: "colour", files: { "image.jpg": await jpegOf() }, value: "any" },
    { name: "grey", files: { "image.jpg": await jpegOf(true) }, value: "any" },
  ],
  read,
  close,
};

export const IMAGE_SUBJECTS: readonly Subject[] = [png, jpeg];
