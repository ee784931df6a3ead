/** Manifests of sweeps as if they had been planned. */
import type { Manifest, ManifestStage } from "../sweep/manifest.ts";

/** A manifest of CIFAR-10 on toys; levels follow from the needs. */
export function manifestFor(
  stages: readonly (Pick<ManifestStage, "id" | "title"> & Partial<ManifestStage>)[],
): Manifest {
  const levels = new Map<string, number>();
  return {
    experiment: "cifar10",
    preset: "smoke",
    changes: {},
    revision: "0123456789ab",
    stages: stages.map((stage): ManifestStage => {
      const { needs = [] } = stage;
      const level = 1 + Math.max(-1, ...needs.map((need) => levels.get(need)!));
      levels.set(stage.id, level);
      return { setting: "toy", held: false, part: { name: "gan" }, needs, level, ...stage };
    }),
  };
}
