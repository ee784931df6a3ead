/** Where the time of a step goes, kernel by kernel. */
import process from "node:process";
import { DataTable } from "../../report/data_table.ts";
import type { OurWork } from "../works/work.ts";
import { type KernelCall, watchKernels } from "./watch.ts";

/** All calls of one kernel in a step. */
export interface KernelTime {
  readonly kernel: string;
  readonly calls: number;
  readonly milliseconds: number;
  /** Of processor time over all threads, which other work on the machine disturbs least. */
  readonly processorMs: number;
}

/** What is known of one call. */
type Call = Pick<KernelCall, "name" | "milliseconds" | "processorMs">;

/** A step by kernel; what is left is spent in JavaScript, in copies to the device and in waiting. */
export interface Profile {
  readonly totalMs: number;
  readonly totalProcessorMs: number;
  /** The longest first. */
  readonly kernels: readonly KernelTime[];
}

/** Adds up calls by kernel name. */
export function kernelTimes(calls: readonly Call[]): KernelTime[] {
  const groups = Map.groupBy(calls, ({ name }) => name);
  return [...groups].map(([kernel, members]) => ({
    kernel,
    calls: members.length,
    milliseconds: total(members, "milliseconds"),
    processorMs: total(members, "processorMs"),
  })).sort((a, b) => b.milliseconds - a.milliseconds);
}

/**
 * One step of a work after two to warm up; undefined where kernels cannot be seen, or where a step's
 * kernels run in another process.
 */
export async function profileStep(work: OurWork): Promise<Profile | undefined> {
  await work.run(2);
  const calls: Call[] = [];
  let pending: Promise<number> | undefined;
  const before = process.cpuUsage();
  // Steps run their kernels before they first wait, so the watch may end with the call.
  const isWatched = watchKernels(
    () => void (pending = work.run(1)),
    ({ name, milliseconds, processorMs }) => calls.push({ name, milliseconds, processorMs }),
  );
  const totalMs = await pending;
  const { user, system } = process.cpuUsage(before);
  if (!isWatched || calls.length === 0 || totalMs === undefined) return undefined;
  return { totalMs, totalProcessorMs: (user + system) / 1000, kernels: kernelTimes(calls) };
}

const SHOWN = 12;

/** The longest kernels and the rest. */
export function profileTable(
  title: string,
  { totalMs, totalProcessorMs, kernels }: Profile,
): DataTable {
  const others = kernels.slice(SHOWN);
  const rows = [
    ...kernels.slice(0, SHOWN),
    {
      kernel: `${others.length} others`,
      calls: others.reduce((sum, { calls }) => sum + calls, 0),
      milliseconds: total(others, "milliseconds"),
      processorMs: total(others, "processorMs"),
    },
    {
      kernel: "outside of kernels",
      calls: undefined,
      milliseconds: totalMs - total(kernels, "milliseconds"),
      processorMs: totalProcessorMs - total(kernels, "processorMs"),
    },
  ];
  return DataTable.of({
    title: `${title}: ${totalMs.toFixed(1)} ms`,
    columns: [
      { key: "kernel", title: "kernel" },
      { key: "calls", title: "calls" },
      { key: "milliseconds", title: "ms", digits: 1 },
      { key: "percent", title: "%", digits: 1 },
      { key: "processorMs", title: "CPU ms", digits: 1 },
      { key: "processorPercent", title: "% of CPU time", digits: 1 },
    ],
    rows: rows.map((row) => ({
      ...row,
      percent: 100 * row.milliseconds / totalMs,
      processorPercent: 100 * row.processorMs / totalProcessorMs,
    })),
  });
}

function total<K extends string>(list: readonly Readonly<Record<K, number>>[], key: K): number {
  return list.reduce((sum, one) => sum + one[key], 0);
}
