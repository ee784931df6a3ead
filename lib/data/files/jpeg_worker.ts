/**
 * Decodes one JPEG at a time in a thread of its own, which can be ended when a file keeps it busy for ever. It says "ready"
 * before the first file, and again after each that it answered with a fault.
 */
import decode, { init } from "@jsquash/jpeg/decode.js";
import { withoutAlpha } from "./without_alpha.ts";

/** A file to decode. */
export interface JpegOrder {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What came of it: pixels [height, width, 3], or what the decoder said. */
export type JpegAnswer =
  | { readonly width: number; readonly height: number; readonly pixels: Uint8Array<ArrayBuffer> }
  | { readonly fault: string };

/** What the decoder printed during the current call. */
let complaints: string[] = [];

/** A new decoder, with memory of its own. */
async function renew(): Promise<void> {
  const options = { printErr: (line: string) => complaints.push(line) };
  await init(options as unknown as Parameters<typeof init>[0]);
}

async function answer({ bytes }: JpegOrder): Promise<JpegAnswer> {
  complaints = [];
  try {
    const { width, height, data } = await decode(bytes.buffer);
    const said = complaints.join("; ");
    // A damaged file decodes to grey areas with no more than a warning.
    if (!/premature end|bad huffman/i.test(said)) {
      return { width, height, pixels: withoutAlpha(data) };
    }
    return { fault: said };
  } catch (error) {
    // The decoder throws objects of its own; what it printed says more.
    const fault = complaints.join("; ") || (error instanceof Error ? error.message : "");
    return { fault: fault || "decoding failed" };
  }
}

interface WorkerScope {
  onmessage: ((event: MessageEvent<JpegOrder>) => void) | null;
  postMessage(answer: JpegAnswer | "ready", transfer: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;
// "ready" is said when the decoder is compiled: a thread that is ended while it compiles takes the process along (Deno
// 2.9.6, "Check failed: (validate_functions_job_handle_) == nullptr").
scope.onmessage = async ({ data }) => {
  const found = await answer(data);
  scope.postMessage(found, "pixels" in found ? [found.pixels.buffer] : []);
  if ("pixels" in found) return;
  // A call that fails leaves its part of the stack in use: after some seventy failures a decoder overwrites its own
  // memory, refuses good files or never returns. The next file gets a new one.
  await renew();
  scope.postMessage("ready", []);
};
await renew();
scope.postMessage("ready", []);
