/**
 * SAGAN of CcGAN for 64 x 64 images, as the paper trains it on UTKFace (method specification 2.7; reference:
 * `UTKFace/CcGAN-based_KD/models/SAGAN.py`). The channels of SNGAN; in addition spectral norm in G, and
 * self-attention on the 32 x 32 maps of both networks. At width 1: G 15,070,052 and D 21,660,466 parameters.
 */
import { constant, xavierUniform } from "../base/module.ts";
import type { GanFamily } from "./gan.ts";
import type { FanInit, LayerStyle } from "./layers/ccgan_blocks.ts";
import {
  CCGAN_SIZES,
  ccganDiscriminator,
  ccganGenerator,
  type CcganStyle,
  checkCcganOptions,
} from "./layers/ccgan_networks.ts";

const XAVIER: FanInit = (fanIn, fanOut) => xavierUniform(fanIn, fanOut);

const LAYERS: LayerStyle = {
  spectral: true,
  main: XAVIER,
  other: XAVIER,
  bias: () => constant(0),
};

const STYLE: Omit<CcganStyle, "shortcutInput"> = {
  title: "SAGAN",
  generator: LAYERS,
  discriminator: LAYERS,
  normInit: XAVIER,
  momentum: { conditional: 0.001, last: 0.0001 },
  hasAttention: true,
};

/** SAGAN for 64 x 64 images with scalar labels; `shortcutInput` chooses between the two forms of Q13. */
export const sagan: GanFamily = {
  kind: "gan",
  name: "sagan",
  title: "SAGAN",
  imageSizes: CCGAN_SIZES,
  // 2: spectral norms are those of half a power step later.
  version: 2,
  build(options) {
    checkCcganOptions(STYLE.title, options);
    const style: CcganStyle = { ...STYLE, shortcutInput: options.shortcutInput ?? "relu" };
    return {
      generator: ccganGenerator(style, options),
      discriminator: ccganDiscriminator(style, options),
    };
  },
};
