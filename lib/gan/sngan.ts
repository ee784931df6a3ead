/**
 * SNGAN of CcGAN for 64 x 64 images, as the paper trains it on RC-49 (method specification 2.6; reference:
 * `RC49/CcGAN-based_KD/models/`). At width 1: D has 21,655,233 parameters and G 15,049,347; the paper's
 * count of 15,055,107 for G adds the scale and offset of unconditional norms inside the conditional ones,
 * 2 · 2,880 entries that the reference stores and never reads.
 */
import { torchUniform, xavierUniform } from "../base/module.ts";
import type { GanFamily } from "./gan.ts";
import type { LayerStyle } from "./layers/ccgan_blocks.ts";
import {
  CCGAN_SIZES,
  ccganDiscriminator,
  ccganGenerator,
  type CcganStyle,
  checkCcganOptions,
} from "./layers/ccgan_networks.ts";

const LAYERS: Omit<LayerStyle, "spectral"> = {
  main: (fanIn, fanOut) => xavierUniform(fanIn, fanOut, Math.SQRT2),
  other: (fanIn, fanOut) => xavierUniform(fanIn, fanOut),
  bias: torchUniform,
};

const STYLE: CcganStyle = {
  title: "SNGAN",
  generator: { ...LAYERS, spectral: false },
  discriminator: { ...LAYERS, spectral: true },
  normInit: torchUniform,
  momentum: { conditional: 0.1, last: 0.1 },
  hasAttention: false,
  shortcutInput: "raw",
};

/** SNGAN for 64 x 64 images with scalar labels. */
export const sngan: GanFamily = {
  kind: "gan",
  name: "sngan",
  title: "SNGAN",
  imageSizes: CCGAN_SIZES,
  build(options) {
    checkCcganOptions(STYLE.title, options);
    if (options.shortcutInput === "relu") {
      throw new RangeError(
        'Cannot build SNGAN with shortcutInput = "relu": its shortcuts read raw inputs, want "raw"',
      );
    }
    return {
      generator: ccganGenerator(STYLE, options),
      discriminator: ccganDiscriminator(STYLE, options),
    };
  },
};
