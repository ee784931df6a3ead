/** Images that are not read here, told from what is no image at all: their owner wants to know that they are left out. */

/** First bytes of formats, "." for any byte, and what they are called. */
const BEGINNINGS: readonly (readonly [string, string])[] = [
  ["RIFF....WEBP", "WebP"],
  ["GIF8", "GIF"],
  ["BM", "BMP"],
  ["II*\0", "TIFF"],
  ["MM\0*", "TIFF"],
  ["....ftypavif", "AVIF"],
  ["....ftyphei", "HEIC"],
  ["....ftypmif1", "HEIC"],
  ["\xff\x0a", "JPEG XL"],
  ["\0\0\0\x0cJXL ", "JPEG XL"],
  ["\0\0\0\x0cjP  ", "JPEG 2000"],
];

/** Names of files in these formats. */
const NAMES = /\.(webp|gif|bmp|tiff?|avif|hei[cf]|jxl|jp2)$/i;

/** The format that the first bytes say, such as "WebP"; undefined where they say none of these. */
export function otherFormat(bytes: Uint8Array): string | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, 16));
  return BEGINNINGS.find(([beginning]) =>
    [...beginning].every((letter, i) => letter === "." ? i < text.length : letter === text[i])
  )?.[1];
}

/** Whether a file is called as images of these formats are. */
export function isOtherImageName(name: string): boolean {
  return NAMES.test(name);
}
