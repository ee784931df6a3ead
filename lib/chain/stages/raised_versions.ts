/** Versions of networks as part of a result's name: only raised ones, so that a first raise renames nothing else. */
import { lookUp } from "../../base/check.ts";
import type { NetworkFamily } from "../../networks/network.ts";

/** Versions above 1 of the networks that take part, by name. */
export function raisedVersions(
  names: readonly string[],
  families: Readonly<Record<string, Pick<NetworkFamily, "version">>>,
): Record<string, number> {
  const versions = names.map((name): [string, number] => [
    name,
    lookUp(families, name, "network").version ?? 1,
  ]);
  return Object.fromEntries(versions.filter(([, version]) => version > 1));
}
