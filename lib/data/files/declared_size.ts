/** What an image file says of its size, against what it can hold: asked before memory is taken. */

/** Pixels of a file: far above photographs, far below what would exhaust memory. */
const MOST_PIXELS = 2 ** 27;
/** Pixels that a byte can hold: one bit each, packed by deflate, 1032 to one. JPEG holds fewer. */
const MOST_A_BYTE = 8 * 1032;

/** What is wrong with the sides that an image of so many bytes declares; undefined where nothing is. */
export function flawOfSize(
  { width, height }: { readonly width: number; readonly height: number },
  bytes: number,
): string | undefined {
  const pixels = width * height;
  const declared = `${width} x ${height} pixels`;
  if (pixels === 0) return `${declared}, none at all`;
  if (pixels > MOST_PIXELS) return `${declared}, more than ${MOST_PIXELS} in all`;
  return pixels > MOST_A_BYTE * bytes ? `${declared}, more than so few bytes can hold` : undefined;
}
