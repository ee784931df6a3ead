/** All names an experiment may use, one line each; a misspelt name in a specification does not compile. */
import type { Group } from "./base/options/options.ts";
import { cifar10 } from "./data/cifar10/cifar10.ts";
import type { DatasetLoader } from "./data/loader.ts";
import { rc49 } from "./data/rc49/rc49.ts";
import { toy } from "./data/toy/shapes.ts";
import { toyAnglesLoader } from "./data/toy/angles.ts";
import { toyMixtureLoader } from "./data/toy/mixture.ts";
import { imageArraysLoader } from "./data/image_arrays/image_arrays.ts";
import { imageFolderLoader } from "./data/image_folder/image_folder.ts";
import { imageTableLoader } from "./data/image_table/image_table.ts";
import { tinyImagenet } from "./data/tiny_imagenet/tiny_imagenet.ts";
import { utkface } from "./data/utkface/utkface.ts";
import { ab, AB_OPTIONS } from "./distill/methods/ab.ts";
import { at, AT_OPTIONS } from "./distill/methods/at.ts";
import { blkd, BLKD_OPTIONS } from "./distill/methods/blkd.ts";
import { cc, CC_OPTIONS } from "./distill/methods/cc.ts";
import { cgdd, CGDD_OPTIONS } from "./distill/methods/data_free/cgdd.ts";
import { crd, CRD_OPTIONS } from "./distill/methods/crd.ts";
import { dist, DIST_OPTIONS } from "./distill/methods/dist.ts";
import type { Distiller } from "./distill/distiller.ts";
import type { DistillerOptions } from "./distill/options.ts";
import { bss, BSS_OPTIONS } from "./distill/methods/bss/bss.ts";
import { dfad, DFAD_OPTIONS } from "./distill/methods/data_free/dfad.ts";
import { dkd, DKD_OPTIONS } from "./distill/methods/dkd.ts";
import { dml, DML_OPTIONS } from "./distill/methods/dml.ts";
import { ffsd, FFSD_OPTIONS } from "./distill/methods/ffsd/ffsd.ts";
import { fitnet, FITNET_OPTIONS } from "./distill/methods/fitnet.ts";
import { fsp, FSP_OPTIONS } from "./distill/methods/fsp.ts";
import { ft, FT_OPTIONS } from "./distill/methods/ft.ts";
import { hkd, HKD_OPTIONS } from "./distill/methods/hkd.ts";
import { introspective, INTROSPECTIVE_OPTIONS } from "./distill/methods/introspective.ts";
import { KD_UDA_OPTIONS, kdUda } from "./distill/methods/kd_uda/kd_uda.ts";
import { kta, KTA_OPTIONS } from "./distill/methods/kta.ts";
import { LS_KD_OPTIONS, lsKd } from "./distill/methods/ls_kd.ts";
import { nokd, NOKD_OPTIONS } from "./distill/methods/nokd.ts";
import { nst, NST_OPTIONS } from "./distill/methods/nst.ts";
import { ofd, OFD_OPTIONS } from "./distill/methods/ofd.ts";
import { pkt, PKT_OPTIONS } from "./distill/methods/pkt.ts";
import { REVIEW_KD_OPTIONS, reviewKd } from "./distill/methods/review_kd.ts";
import { rkd, RKD_OPTIONS } from "./distill/methods/rkd.ts";
import { sp, SP_OPTIONS } from "./distill/methods/sp.ts";
import { sskd, SSKD_OPTIONS } from "./distill/methods/sskd/sskd.ts";
import { srd, SRD_OPTIONS } from "./distill/methods/srd.ts";
import { takd, TAKD_OPTIONS } from "./distill/methods/takd.ts";
import { uda, UDA_OPTIONS } from "./distill/methods/uda/uda.ts";
import { ugan, UGAN_OPTIONS } from "./distill/methods/ugan/ugan.ts";
import { vid, VID_OPTIONS } from "./distill/methods/vid.ts";
import { vkd, VKD_OPTIONS } from "./distill/methods/vkd/vkd.ts";
import { cifar10Judge, type KnownJudge, utkfaceJudge } from "./evaluation/outside/known_judges.ts";
import { biggan } from "./gan/biggan.ts";
import { biggan64 } from "./gan/biggan64.ts";
import { diffusion, type DiffusionFamily } from "./gan/diffusion/diffusion.ts";
import type { GanFamily } from "./gan/gan.ts";
import { sagan } from "./gan/sagan.ts";
import { sngan } from "./gan/sngan.ts";
import { densenet121, densenet121Features } from "./networks/densenet.ts";
import { efficientnetB0 } from "./networks/efficientnet.ts";
import { mobilenetV2 } from "./networks/mobilenet_v2.ts";
import type { NetworkFamily } from "./networks/network.ts";
import { resnet18, resnet34, resnet50 } from "./networks/resnet.ts";
import { shufflenetV2 } from "./networks/shufflenet.ts";
import { vgg11, vgg13, vgg16 } from "./networks/vgg.ts";

/** Data sets by name. */
export const DATASETS = {
  cifar10,
  rc49,
  tiny_imagenet: tinyImagenet,
  image_folder: imageFolderLoader,
  image_table: imageTableLoader,
  image_arrays: imageArraysLoader,
  toy,
  toy_angles: toyAnglesLoader,
  toy_mixture: toyMixtureLoader,
  utkface,
} as const satisfies Record<string, DatasetLoader>;

/** Judges that nobody here trained, by the data set whose labels they read. */
export const OUTSIDE_JUDGES: Readonly<Partial<Record<keyof typeof DATASETS, KnownJudge>>> = {
  cifar10: cifar10Judge,
  utkface: utkfaceJudge,
};

/** Networks by name. */
export const NETWORKS = {
  vgg11,
  vgg13,
  vgg16,
  resnet18,
  resnet34,
  resnet50,
  densenet121,
  densenet121_features: densenet121Features,
  mobilenet_v2: mobilenetV2,
  shufflenet_v2: shufflenetV2,
  efficientnet_b0: efficientnetB0,
} as const satisfies Record<string, NetworkFamily>;

/** Conditional GANs by name. */
export const GANS = { sngan, sagan, biggan, biggan64 } as const satisfies Record<string, GanFamily>;

/** Conditional diffusion models by name. */
export const DIFFUSIONS = { diffusion } as const satisfies Record<string, DiffusionFamily>;

/** A distillation method: what it can be tuned by, and what makes it. */
export interface DistillerEntry {
  /** Schema of its options, with the value of each that is left out. */
  readonly options: Group;
  /** Takes some of them, and what all methods take. */
  make(options?: Readonly<Record<string, unknown>> & DistillerOptions): Distiller;
}

/** Distillation methods by name. */
export const DISTILLERS = {
  nokd: { options: NOKD_OPTIONS, make: nokd },
  blkd: { options: BLKD_OPTIONS, make: blkd },
  takd: { options: TAKD_OPTIONS, make: takd },
  ab: { options: AB_OPTIONS, make: ab },
  at: { options: AT_OPTIONS, make: at },
  bss: { options: BSS_OPTIONS, make: bss },
  cc: { options: CC_OPTIONS, make: cc },
  crd: { options: CRD_OPTIONS, make: crd },
  dist: { options: DIST_OPTIONS, make: dist },
  dkd: { options: DKD_OPTIONS, make: dkd },
  dml: { options: DML_OPTIONS, make: dml },
  fitnet: { options: FITNET_OPTIONS, make: fitnet },
  fsp: { options: FSP_OPTIONS, make: fsp },
  ft: { options: FT_OPTIONS, make: ft },
  kta: { options: KTA_OPTIONS, make: kta },
  ls_kd: { options: LS_KD_OPTIONS, make: lsKd },
  nst: { options: NST_OPTIONS, make: nst },
  ofd: { options: OFD_OPTIONS, make: ofd },
  pkt: { options: PKT_OPTIONS, make: pkt },
  review_kd: { options: REVIEW_KD_OPTIONS, make: reviewKd },
  rkd: { options: RKD_OPTIONS, make: rkd },
  sp: { options: SP_OPTIONS, make: sp },
  sskd: { options: SSKD_OPTIONS, make: sskd },
  uda: { options: UDA_OPTIONS, make: uda },
  srd: { options: SRD_OPTIONS, make: srd },
  vid: { options: VID_OPTIONS, make: vid },
  vkd: { options: VKD_OPTIONS, make: vkd },
  cgdd: { options: CGDD_OPTIONS, make: cgdd },
  dfad: { options: DFAD_OPTIONS, make: dfad },
  ffsd: { options: FFSD_OPTIONS, make: ffsd },
  hkd: { options: HKD_OPTIONS, make: hkd },
  introspective: { options: INTROSPECTIVE_OPTIONS, make: introspective },
  kd_uda: { options: KD_UDA_OPTIONS, make: kdUda },
  ugan: { options: UGAN_OPTIONS, make: ugan },
} as const satisfies Record<string, DistillerEntry>;

/** Name of a data set. */
export type DatasetName = keyof typeof DATASETS;
/** Name of a network. */
export type NetworkName = keyof typeof NETWORKS;
/** Name of a GAN family. */
export type GanName = keyof typeof GANS;
/** Name of a diffusion model. */
export type DiffusionName = keyof typeof DIFFUSIONS;
/** Name of a distillation method. */
export type DistillerName = keyof typeof DISTILLERS;
