/** Bytes of deflated base 64, as a page unpacks them. */
export async function inflate(text: string): Promise<Uint8Array> {
  const stream = new Blob([Uint8Array.fromBase64(text)]).stream()
    .pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
