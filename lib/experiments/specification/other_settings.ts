/** Changes that a run cannot follow: values for a setting that it is not of. */
import { listOptions } from "../../base/options/option_list.ts";
import { SPECIFICATION, type Specification } from "./schema.ts";

/** A change of a value for another setting. */
export interface OtherSettingChange {
  /** As it was given, such as "gan.steps.C-10K". */
  readonly path: string;
  /** The same for the setting of the run: "gan.steps.toy". */
  readonly here: string;
  /** The value that counts, as it is written. */
  readonly value: string;
}

/**
 * The changes of a run that are for other settings and so change nothing of it.
 *
 * @param changes By dotted paths.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { cifar10 } from "../cifar10.ts";
 * import { resolve } from "./experiment.ts";
 * const changes = { "gan.steps.C-10K": "500" };
 * const [other] = changesOfOtherSettings(resolve(cifar10, "smoke", changes), "toy", changes);
 * assert.equal(other?.here, "gan.steps.toy");
 * ```
 */
export function changesOfOtherSettings(
  specification: Specification,
  setting: string,
  changes: Readonly<Record<string, unknown>>,
): OtherSettingChange[] {
  const options = listOptions(SPECIFICATION, specification);
  return options.flatMap(({ path, setting: other }) => {
    if (other === undefined || other === setting || !Object.hasOwn(changes, path)) return [];
    const here = `${path.slice(0, -other.length)}${setting}`;
    const own = options.find((option) => option.path === here);
    return own === undefined ? [] : [{ path, here, value: JSON.stringify(own.value) }];
  });
}
