/** A whole grid of pictures, drawn by several threads and handed out in order. */
import type { ChairGrid } from "./grid.ts";
import type { ChairAnswer, ChairOrder } from "./worker.ts";

/**
 * Draws all chairs of a grid. Each chair is one piece of work, and pieces come out in the order of the chairs, so
 * the bytes do not depend on the number of threads.
 *
 * @param threads Workers; default: one per core of the machine, at most 8.
 * @yields The pictures of one chair, [angles, 64, 64, 3].
 * @throws {Error} A chair cannot be drawn, or a worker cannot start; carries the message.
 */
export async function* drawAllChairs(
  grid: ChairGrid,
  threads = Math.min(8, navigator.hardwareConcurrency),
): AsyncGenerator<Uint8Array> {
  const waiting = Array.from({ length: grid.chairs }, () => Promise.withResolvers<Uint8Array>());
  // A failure is thrown where its chair is awaited; the others must not end the process.
  for (const { promise } of waiting) promise.catch(() => {});
  const workers: Worker[] = [];
  let next = 0;
  // Finished chairs wait in memory, 11 MB each, so threads stay at most this far ahead of the reader.
  const ahead = 2 * threads;
  let taken = 0;
  const idle: Worker[] = [];
  const assign = () => {
    while (idle.length > 0 && next < grid.chairs && next < taken + ahead) {
      const order: ChairOrder = { chair: next++, tenths: grid.tenths };
      idle.pop()!.postMessage(order);
    }
  };
  try {
    for (let i = 0; i < Math.min(threads, grid.chairs); i++) {
      const worker = new Worker(import.meta.resolve("./worker.ts"), { type: "module" });
      workers.push(worker);
      idle.push(worker);
      worker.onmessage = ({ data }: MessageEvent<ChairAnswer>) => {
        const { resolve, reject } = waiting[data.chair]!;
        if (data.bytes !== undefined) resolve(data.bytes);
        else reject(new Error(`Cannot draw chair ${data.chair}: ${data.failure}`));
        idle.push(worker);
        assign();
      };
      worker.onerror = (event) => {
        event.preventDefault();
        const error = new Error(`Cannot draw chairs: a worker stopped: ${event.message}`);
        for (const { reject } of waiting) reject(error);
      };
    }
    for (const { promise } of waiting) {
      assign();
      const bytes = await promise;
      taken++;
      yield bytes;
    }
  } finally {
    for (const worker of workers) worker.terminate();
  }
}
