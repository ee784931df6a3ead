/** The scales at which every experiment can run. */

/** Names of the presets. */
export const PRESETS = ["smoke", "quick", "desk", "paper"] as const;
/**
 * "paper" is the method of the paper. The others change sizes and lengths, and a few parts that `deviations` names.
 */
export type Preset = typeof PRESETS[number];
