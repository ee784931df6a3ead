/** Records as a run of CIFAR-10 at `desk` writes them, for tests of what reads records. */
import type { RunRecord } from "../base/disk/records.ts";

/** A record of VGG11 on C-10K: plain training with seed 1, unless told otherwise. */
export function recordOf(changes: Partial<RunRecord> = {}): RunRecord {
  return {
    experiment: "cifar10",
    preset: "desk",
    cell: { dataset: "CIFAR-10", setting: "C-10K", student: "VGG11", method: "NOKD" },
    seed: 1,
    metric: "error_rate_pct",
    unit: "%",
    data: { name: "CIFAR-10", checksum: "abc" },
    backend: { name: "native", device: "CPU", version: "2.21.0" },
    versions: {},
    wallSeconds: 1,
    revision: "0",
    stages: {},
    specification: "spec1",
    recipe: "recipe1",
    time: "2026-01-01T00:00:00Z",
    ...changes,
  };
}
