/** What a JPEG says of itself before its pixels. */

/** Sides and components of a JPEG. */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** 1: grey levels; 3: colours; 4: inks (CMYK). */
  readonly components: number;
}

/** Whether bytes begin as a JPEG does, whatever the name of their file says. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** The first frame header (ITU-T T.81, B.2.2); undefined where the bytes hold none. */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  if (!isJpeg(bytes)) return undefined;
  const word = (at: number) => bytes[at]! * 256 + bytes[at + 1]!;
  for (let at = 2; at + 9 < bytes.length;) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    // Frames are C0 to CF; of these C4, C8 and CC are tables and extensions.
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) {
      return { height: word(at + 5), width: word(at + 7), components: bytes[at + 9]! };
    }
    // A scan before any frame is no JPEG.
    if (marker === 0xda) return undefined;
    at += 2 + word(at + 2);
  }
  return undefined;
}
