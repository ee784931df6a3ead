/** JPEG files to bytes, in a thread that a damaged file can neither spoil nor keep busy for ever. */
import { flawOfSize } from "./declared_size.ts";
import { type DecodedImage, undecodable } from "./image_file.ts";
import { readJpegHeader } from "./jpeg_header.ts";
import type { JpegAnswer, JpegOrder } from "./jpeg_worker.ts";

/** Decodes JPEGs one after the other; close it when done. */
export interface JpegDecoder extends Disposable {
  /**
   * Decodes a JPEG to the same bytes as libjpeg-turbo; grey levels become three equal channels.
   *
   * @param name File name for errors.
   * @throws {SyntaxError} The bytes are not a whole JPEG, or take longer than the limit.
   * @throws {Error} The decoder is closed, or its thread does not start.
   */
  decode(bytes: Uint8Array, name: string): Promise<DecodedImage>;
  /** Ends the thread. */
  close(): void;
}

/** Limits of a decoder. */
export interface JpegDecoderOptions {
  /** Seconds that one file may take, once the decoder is compiled and without the wait for others; default: 20. A face takes 2 ms. */
  readonly seconds?: number;
}

/** Starts a decoder; its thread starts with the first file, and again after a file that was given up. */
export function openJpegDecoder({ seconds = 20 }: JpegDecoderOptions = {}): JpegDecoder {
  let thread: Promise<Worker> | undefined;
  let isClosed = false;
  let turn: Promise<unknown> = Promise.resolve();
  const end = () => {
    thread?.then((worker) => worker.terminate(), () => {});
    thread = undefined;
  };

  /** What the thread says of a file; undefined where it was given up. */
  async function ask(bytes: Uint8Array): Promise<JpegAnswer | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      const asked = thread ??= startThread();
      const worker = await asked;
      const patience = new Promise<undefined>((resolve) => {
        timer = setTimeout(() => {
          end();
          resolve(undefined);
        }, 1000 * seconds);
      });
      const answer = nextMessage<JpegAnswer>(worker, (found) => {
        // The next file, and the end of the thread, wait until it is ready again.
        if ("fault" in found && thread === asked) {
          thread = nextMessage(worker).then(() => worker);
          thread.catch(() => {});
        }
      });
      // A copy that is its own: `slice` of a Buffer of Node's is the same memory, which would be gone after this.
      const order: JpegOrder = { bytes: new Uint8Array(bytes) };
      worker.postMessage(order, [order.bytes.buffer]);
      return await Promise.race([answer, patience]);
    } catch (error) {
      end();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async function decodeNow(bytes: Uint8Array, name: string): Promise<DecodedImage> {
    if (isClosed) throw new Error(`Cannot decode "${name}": the decoder is closed`);
    const header = readJpegHeader(bytes);
    const detail = header && flawOfSize(header, bytes.length);
    if (detail !== undefined) throw undecodable({ name, format: "JPEG", bytes, detail });
    // A second try, since a machine that slept meanwhile must not cost a good file.
    const answer = await ask(bytes) ?? await ask(bytes) ??
      { fault: `decoding it takes longer than ${seconds} s` };
    if ("fault" in answer) {
      throw undecodable({ name, format: "JPEG", bytes, detail: answer.fault });
    }
    return answer;
  }

  const close = () => {
    isClosed = true;
    end();
  };
  return {
    decode(bytes, name) {
      const next = turn.then(() => decodeNow(bytes, name));
      turn = next.catch(() => {});
      return next;
    },
    close,
    [Symbol.dispose]: close,
  };
}

async function startThread(): Promise<Worker> {
  const worker = new Worker(import.meta.resolve("./jpeg_worker.ts"), { type: "module" });
  await nextMessage(worker);
  return worker;
}

/** `heard` is called before the message after it can come. */
function nextMessage<T>(worker: Worker, heard: (message: T) => void = () => {}): Promise<T> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<T>) => {
      heard(data);
      resolve(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`Cannot decode JPEGs: the decoder's thread stopped: ${event.message}`));
    };
  });
}
