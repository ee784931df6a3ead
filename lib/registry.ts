/** All names an experiment may use, one line each; a misspelt name in a specification does not compile. */
import { biggan } from "./gan/biggan.ts";
import type { GanFamily } from "./gan/gan.ts";

/** Conditional GANs by name. */
export const GANS = { biggan } as const satisfies Record<string, GanFamily>;
/** Name of a GAN family. */
export type GanName = keyof typeof GANS;
export type DatasetName = "cifar10" | "toy";
export type NetworkName = string;
export type DistillerName = string;
