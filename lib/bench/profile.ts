/** Where the time of a step goes, kernel by kernel. */
import { DataTable } from "../report/data_table.ts";
import type { OurWork } from "./work.ts";
import { type KernelCall, watchKernels } from "./watch_kernels.ts";

/** All calls of one kernel in a step. */
export interface KernelTime {
  readonly kernel: string;
  readonly calls: number;
  readonly milliseconds: number;
}

/** A step by kernel; what is left is spent in JavaScript, in copies to the device and in waiting. */
export interface Profile {
  readonly totalMs: number;
  /** The longest first. */
  readonly kernels: readonly KernelTime[];
}

/** Adds up calls by kernel name. */
export function kernelTimes(
  calls: readonly Pick<KernelCall, "name" | "milliseconds">[],
): KernelTime[] {
  const groups = Map.groupBy(calls, ({ name }) => name);
  return [...groups].map(([kernel, members]) => ({
    kernel,
    calls: members.length,
    milliseconds: members.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
  })).sort((a, b) => b.milliseconds - a.milliseconds);
}

/**
 * One step of a work after two to warm up; undefined where kernels cannot be seen, or where a step's
 * kernels run in another process.
 */
export async function profileStep(work: OurWork): Promise<Profile | undefined> {
  await work.run(2);
  const calls: Pick<KernelCall, "name" | "milliseconds">[] = [];
  let pending: Promise<number> | undefined;
  // Steps run their kernels before they first wait, so the watch may end with the call.
  const isWatched = watchKernels(
    () => void (pending = work.run(1)),
    ({ name, milliseconds }) => calls.push({ name, milliseconds }),
  );
  const totalMs = await pending;
  if (!isWatched || calls.length === 0 || totalMs === undefined) return undefined;
  return { totalMs, kernels: kernelTimes(calls) };
}

const SHOWN = 12;

/** The longest kernels and the rest. */
export function profileTable(title: string, { totalMs, kernels }: Profile): DataTable {
  const inKernels = kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const others = kernels.slice(SHOWN);
  const rows = [
    ...kernels.slice(0, SHOWN),
    {
      kernel: `${others.length} others`,
      calls: others.reduce((sum, { calls }) => sum + calls, 0),
      milliseconds: others.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
    },
    { kernel: "outside of kernels", calls: undefined, milliseconds: totalMs - inKernels },
  ];
  return new DataTable({
    title: `${title}: ${totalMs.toFixed(1)} ms`,
    columns: [
      { key: "kernel", title: "kernel" },
      { key: "calls", title: "calls" },
      { key: "milliseconds", title: "ms", digits: 1 },
      { key: "percent", title: "%", digits: 1 },
    ],
    rows: rows.map((row) => ({ ...row, percent: 100 * row.milliseconds / totalMs })),
  });
}
