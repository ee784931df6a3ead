/** What is used here of pngjs, which has no types of its own. */
import type { Buffer } from "node:buffer";

/** Forms of a file and of the values that it is made from; 8 bits, red, green, blue and alpha without. */
export interface PngOptions {
  readonly bitDepth?: number;
  readonly colorType?: number;
  readonly inputColorType?: number;
  readonly inputHasAlpha?: boolean;
}

/** An image of 8 bits a channel: red, green, blue, alpha. */
export class PNG {
  constructor(options: PngOptions & { readonly width: number; readonly height: number });
  readonly width: number;
  readonly height: number;
  data: Uint8Array;
  static readonly sync: {
    read(bytes: Buffer): PNG;
    write(image: PNG, options?: PngOptions): Buffer;
  };
}
