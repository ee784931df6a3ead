/** Ablations by name: a new one is a file and a line here. */
import type { Ablation } from "./ablation.ts";
import { components } from "./components.ts";
import { controls } from "./controls.ts";
import { cutOff } from "./cut_off.ts";
import { fakes } from "./fakes.ts";
import { generator } from "./generator.ts";
import { map } from "./map.ts";
import { noise } from "./noise.ts";
import { real, realEpochs } from "./real.ts";
import { rho } from "./rho.ts";

/** What `--ablation` and `runAblation` know. */
export const ABLATIONS: Readonly<Record<string, Ablation>> = {
  [components.name]: components,
  [controls.name]: controls,
  [fakes.name]: fakes,
  [rho.name]: rho,
  [map.name]: map,
  [cutOff.name]: cutOff,
  [real.name]: real,
  [realEpochs.name]: realEpochs,
  [generator.name]: generator,
  [noise.name]: noise,
};
