/** Resident memory of this process, as Linux counts it; undefined elsewhere. */

/** Bytes that are resident now ("VmRSS"), or the most since `forgetPeak` ("VmHWM"). */
export function residentBytes(name: "VmRSS" | "VmHWM"): number | undefined {
  try {
    const line = new RegExp(`^${name}:\\s+(\\d+) kB`, "m");
    return 1024 * Number(line.exec(Deno.readTextFileSync("/proc/self/status"))![1]);
  } catch {
    return undefined;
  }
}

/** Lets the peak start again from what is resident now. */
export function forgetPeak(): void {
  try {
    Deno.writeTextFileSync("/proc/self/clear_refs", "5", { create: false });
  } catch {
    // Peaks are those since the start, which is an upper limit.
  }
}
