/** Event files of TensorBoard: records of protocol buffers (tensorflow/core/util/event.proto), appended one by one. */
import { dirname } from "../base/disk/path.ts";
import { Message } from "../base/disk/protobuf.ts";
import { maskedCrc32c } from "./crc32c.ts";

/** Scalars of one step. */
export interface ScalarEvent {
  readonly step: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** By tag. */
  readonly scalars: Readonly<Record<string, number>>;
}

/** Beginning of the names of event files: TensorBoard looks for "tfevents". */
export const EVENT_FILE = "events.out.tfevents.";
/** First event of every file. */
const VERSION = "brain.Event:2";

/** A record: length, its checksum, data, their checksum; numbers in little endian. */
export function record(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(16 + data.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return bytes;
}

/** The first record of a file. */
export function versionRecord(time: number): Uint8Array<ArrayBuffer> {
  return record(new Message().double(1, time / 1000).text(3, VERSION).encode());
}

/** The record of a step. */
export function scalarRecord({ step, time, scalars }: ScalarEvent): Uint8Array<ArrayBuffer> {
  const values = Object.entries(scalars)
    .map(([tag, value]) => new Message().text(1, tag).float(2, value));
  const summary = new Message().messages(1, ...values);
  return record(
    new Message().double(1, time / 1000).int(2, step).messages(5, summary).encode(),
  );
}

/**
 * Appends steps to an event file, which is begun where it is not there: all in one write, so that a kill leaves whole
 * records or a torn last one, at which TensorBoard waits for more.
 *
 * @throws {Error} The file cannot be written.
 */
export function appendToEventFile(path: string, events: readonly ScalarEvent[]): void {
  const [first] = events;
  if (first === undefined) return;
  let file;
  try {
    file = Deno.openSync(path, { append: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    Deno.mkdirSync(dirname(path), { recursive: true });
    file = Deno.openSync(path, { append: true, create: true });
  }
  try {
    const parts = [
      ...(file.statSync().size === 0 ? [versionRecord(first.time)] : []),
      ...events.map(scalarRecord),
    ];
    file.writeSync(new Uint8Array(parts.flatMap((part) => [...part])));
  } finally {
    file.close();
  }
}

/** Rows of a history as events: "step" is none of the scalars. */
export function eventsOf(
  rows: readonly Readonly<Record<string, number>>[],
  time: (row: number) => number,
): ScalarEvent[] {
  return rows.map(({ step, ...scalars }, i) => ({ step: step!, time: time(i), scalars }));
}

/** Name of an event file; TensorBoard reads files of a folder in the order of their names. */
export function eventFileName(time: number, process: number): string {
  return `${EVENT_FILE}${Math.floor(time / 1000)}.cgan-kd.${process}`;
}
