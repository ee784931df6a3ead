/** Experiments by the name that a command line or a process uses; each is loaded only when it is asked for. */
import type { Experiment } from "./specification/experiment.ts";

/** How to load each experiment. */
export const EXPERIMENTS: Readonly<Record<string, () => Promise<Experiment>>> = {
  cifar10: async () => (await import("./cifar10.ts")).cifar10,
  distillers: async () => (await import("./distillers.ts")).distillers,
  tiny_imagenet: async () => (await import("./tiny_imagenet.ts")).tinyImagenet,
  rc49: async () => (await import("./rc49.ts")).rc49,
  utkface: async () => (await import("./utkface.ts")).utkface,
  own_images: async () => (await import("./own_images.ts")).ownImages,
  own_labels: async () => (await import("./own_labels.ts")).ownLabels,
  walkthrough: async () => (await import("./walkthrough.ts")).walkthrough,
};
