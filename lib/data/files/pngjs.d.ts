/** What is used here of pngjs, which has no types of its own. */
import type { Buffer } from "node:buffer";

/** An image of 8 bits a channel: red, green, blue, alpha. */
export class PNG {
  constructor(size: { readonly width: number; readonly height: number });
  readonly width: number;
  readonly height: number;
  data: Uint8Array;
  static readonly sync: {
    read(bytes: Buffer): PNG;
    write(image: PNG, options: { colorType: number; inputColorType: number }): Buffer;
  };
}
