/** Many image files through several decoders at once, in order, with only a few of them in memory. */
import type { CountSink } from "../../base/progress.ts";
import { type JpegDecoder, openJpegDecoder } from "./jpeg.ts";

/** Who watches, and how many threads decode. */
export interface DecodeAllOptions {
  /** Threads; default: one per core of the machine, at most 8. */
  readonly threads?: number;
  /** Receives how many files are done. */
  readonly report?: CountSink;
  /** Stops between two files. */
  readonly signal?: AbortSignal;
}

/** Files of a decoder that are under way, so that it need not wait for the disk. */
const AHEAD = 4;

/**
 * Works on every item with one of several decoders. Results come in the order of the items, whatever the number of
 * threads; four of each thread at most are in memory.
 *
 * @param work Called with an item and a decoder; its own errors end the whole.
 * @yields The results, in the order of the items.
 */
export async function* decodeAll<Item, Result>(
  items: readonly Item[],
  work: (item: Item, decoder: JpegDecoder) => Promise<Result>,
  { threads = Math.min(8, navigator.hardwareConcurrency), report, signal }: DecodeAllOptions = {},
): AsyncGenerator<Result> {
  const decoders = Array.from({ length: threads }, () => openJpegDecoder());
  const underWay: Promise<Result>[] = [];
  let next = 0;
  try {
    for (let done = 0; done < items.length; done++) {
      while (next < items.length && underWay.length < AHEAD * threads) {
        const result = work(items[next]!, decoders[next % threads]!);
        // A failure is thrown where its turn comes; the others must not end the process.
        result.catch(() => {});
        underWay.push(result);
        next++;
      }
      signal?.throwIfAborted();
      yield await underWay.shift()!;
      if ((done + 1) % 100 === 0 || done + 1 === items.length) report?.(done + 1, items.length);
    }
  } finally {
    await Promise.allSettled(underWay);
    for (const decoder of decoders) decoder.close();
  }
}
