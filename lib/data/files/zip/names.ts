/** Names in a zip, whose bytes do not always say how they are to be read. */
import { crc32 } from "node:zlib";

/** Bytes 128 to 255 of code page 437, in which a zip's names are where nothing says otherwise (APPNOTE.TXT, D.1). */
const CODE_PAGE_437 = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐" +
  "└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

const STRICT = new TextDecoder("utf-8", { fatal: true });

/**
 * A name in a zip as text: that of the "Unicode path" field where it belongs to these bytes, else UTF-8 where the bytes
 * are UTF-8, whatever the flag says, since macOS writes it without one; else code page 437.
 *
 * @param bytes The name as it is stored.
 * @param unicodePath Contents of the extra field 0x7075 (APPNOTE.TXT, 4.6.9).
 * @throws {TypeError} The flag says UTF-8, and the bytes are not.
 */
export function decodeName(
  bytes: Uint8Array,
  { isUtf8, unicodePath }: { readonly isUtf8: boolean; readonly unicodePath?: Uint8Array },
): string {
  if (unicodePath !== undefined && unicodePath.length > 5 && unicodePath[0] === 1) {
    const view = new DataView(unicodePath.buffer, unicodePath.byteOffset);
    if (view.getUint32(1, true) === crc32(bytes)) return STRICT.decode(unicodePath.subarray(5));
  }
  try {
    return STRICT.decode(bytes);
  } catch (error) {
    if (isUtf8) throw error;
    return Array.from(
      bytes,
      (byte) => byte < 128 ? String.fromCharCode(byte) : CODE_PAGE_437[byte - 128],
    ).join("");
  }
}
