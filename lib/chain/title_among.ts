/** How people are told networks of a run apart. */
import type { SizedNetwork } from "../experiments/specification/schema.ts";
import { NETWORKS } from "../registry.ts";

/** "VGG11", or "VGG11 (width 0.25)" beside others of its family. */
export function titleAmong(
  all: readonly SizedNetwork[],
  { network, width }: SizedNetwork,
): string {
  const { title } = NETWORKS[network];
  const others = all.filter((other) => other.network === network && other.width !== width);
  return others.length === 0 ? title : `${title} (width ${width})`;
}
