/** What is used here of pngjs, which has no types of its own. */
import type { Buffer } from "node:buffer";

/** How pixels lie in memory and in the file: colour types and bits as in the PNG format. */
export interface PngOptions {
  readonly colorType?: number;
  readonly inputColorType?: number;
  readonly inputHasAlpha?: boolean;
  readonly bitDepth?: number;
}

/** An image of 8 bits a channel, red, green, blue and alpha, unless its options say otherwise. */
export class PNG {
  constructor(size: { readonly width: number; readonly height: number } & PngOptions);
  readonly width: number;
  readonly height: number;
  data: Buffer;
  static readonly sync: {
    read(bytes: Buffer): PNG;
    write(image: PNG, options?: PngOptions): Buffer;
  };
}
