/** VKD: virtual knowledge distillation by a conditional generator (Kim, IEEE Access 2022). */
import { choice, group, optional } from "../../../base/options/options.ts";
import { adamRate, lossWeight } from "../../../base/options/training_options.ts";
import { crossEntropy } from "../../../networks/supervised.ts";
import type { Distiller } from "../../distiller.ts";
import { type MethodOptions, settled, softening } from "../../options.ts";
import { warmUpOption } from "../../warm_up.ts";
import { at } from "../at.ts";
import { blkd } from "../blkd.ts";
import { bss } from "../bss/bss.ts";
import { cc } from "../cc.ts";
import { crd } from "../crd.ts";
import { dist } from "../dist.ts";
import { dkd } from "../dkd.ts";
import { fitnet } from "../fitnet.ts";
import { hkd } from "../hkd.ts";
import { lsKd } from "../ls_kd.ts";
import { nst } from "../nst.ts";
import { ofd } from "../ofd.ts";
import { pkt } from "../pkt.ts";
import { reviewKd } from "../review_kd.ts";
import { rkd } from "../rkd.ts";
import { sp } from "../sp.ts";
import { srd } from "../srd.ts";
import { takd } from "../takd.ts";
import { uda } from "../uda/uda.ts";
import { vid } from "../vid.ts";
import { knowledgeOf, VKD_DEVIATIONS, withVirtualKnowledge } from "./combination.ts";
import { learnFromEachOther, learnFromSelf } from "./learning_peers.ts";
import { virtualTeacherStage, VKD_TEACHER } from "./teacher_stage.ts";
import { classesOf } from "../../shapes.ts";
import { storedKnowledge, virtualKd } from "./virtual_loss.ts";

/**
 * Methods that VKD's term can stand beside by an option: all that compare a student with a frozen teacher. Left out are
 * those whose stage before the student's trains more, or less, than a network to learn from (AB, FSP, FT, KTA, SSKD).
 */
export const BESIDE = {
  blkd,
  takd,
  dkd,
  at,
  bss,
  cc,
  crd,
  dist,
  fitnet,
  hkd,
  ls_kd: lsKd,
  nst,
  ofd,
  pkt,
  review_kd: reviewKd,
  rkd,
  sp,
  srd,
  uda,
  vid,
} as const satisfies Record<string, (options?: { klReduction?: "batchMean" }) => Distiller>;

const COMPANIONS = ["none", ...Object.keys(BESIDE) as (keyof typeof BESIDE)[]] as const;

/** Options of `vkd`. */
export const VKD_OPTIONS = group("Options of VKD.", {
  from: optional(
    choice(
      'Whose outputs generators learn: a "teacher" that is trained along, the student\'s own ("self"), or those of ' +
        'student and peer ("peers").',
      ["teacher", "self", "peers"],
    ),
    "teacher",
  ),
  beside: optional(
    choice(
      'Method whose loss the virtual term is added to, with its standard options; of "teacher" only.',
      COMPANIONS,
    ),
    "none",
  ),
  source: optional(
    choice(
      'Targets of the student: draws of the "generator", or the "table" of class means; of "teacher" only.',
      [
        "generator",
        "table",
      ],
    ),
    "generator",
  ),
  labels: optional(
    lossWeight(
      'Weight of the labels. Default: 0.1; of "peers" 1; that of the other method where there is one.',
    ),
  ),
  weight: optional(lossWeight("Weight of the virtual term."), 0.9),
  temperature: optional(softening(), 4),
  adversarial: optional(lossWeight("Weight of the critic in the generator's loss."), 1),
  moment: optional(lossWeight("Weight of the class means in the generator's loss."), 1),
  generatorRate: optional(adamRate("Learning rate of generator and critic (Adam)."), 2e-4),
  warmUpEpochs: warmUpOption(
    'Epochs over which the virtual term of "self" and "peers" grows to full.',
  ),
});

/** Options of `vkd`. */
export type VkdOptions = MethodOptions<typeof VKD_OPTIONS>;

/**
 * What title, abstract and keywords of the paper say: a generator conditioned on the class is trained independently of
 * the teacher and at the same time, to imitate its softened outputs. Afterwards it stands in for the teacher, alone or
 * beside another method; with small changes it serves self-distillation and collaboration. The text itself was not at
 * hand, and all else is our reading (method specification 6.6).
 *
 * r · CE(z_s, y) + a · T² · KL(q ‖ softmax(z_s / T)), q = softmax(G(ξ, y)) with fresh noise ξ for each image; r = 0.1,
 * a = 0.9, T = 4. The student never sees the teacher.
 *
 * In expectation over ξ the gradient is that of a table of class means (`source: "table"`): the generator adds variance
 * and nothing else. No figure of the paper is known to compare with.
 *
 * @throws {RangeError} `beside` or `source` with another `from` than "teacher".
 */
export function vkd(options: VkdOptions = {}): Distiller {
  const chosen = settled(VKD_OPTIONS, options);
  const { from, beside, source, temperature, weight, warmUpEpochs, klReduction } = chosen;
  const { labels = from === "peers" ? 1 : 0.1 } = chosen;
  const common = {
    name: "vkd",
    title: "VKD",
    tasks: ["classification"],
    deviations: VKD_DEVIATIONS,
    // 2: the generator adds to class means.
    codeVersion: 2,
  } as const;
  if (from !== "teacher") {
    checkAlone(chosen);
    const learn = from === "self" ? learnFromSelf : learnFromEachOther;
    return {
      ...common,
      needs: { teacher: "none", ...(from === "peers" && { peers: ["student"] }) },
      lengths: { warmUpEpochs },
      prepare: (context) => learn(context, { ...chosen, labels }),
    };
  }
  if (beside !== "none") {
    if (chosen.labels !== undefined) {
      throw new RangeError(
        `Cannot use "vkd" beside "${beside}": found labels = ${labels}, want none, as that method weighs them`,
      );
    }
    const both = withVirtualKnowledge(BESIDE[beside]({ klReduction }), chosen);
    return { ...both, name: common.name, title: common.title };
  }
  return {
    ...common,
    needs: { teacher: "none", reads: [VKD_TEACHER] },
    before: [virtualTeacherStage(chosen)],
    prepare({ train, rng, earlier }) {
      const knowledge = storedKnowledge(source, knowledgeOf(earlier), {
        classes: classesOf(train),
        temperature,
        rng,
      });
      return {
        state: { virtual: knowledge.parameters },
        loss({ output }, { labels: classes, rng }) {
          const virtual = knowledge.logits(classes, rng.child("virtual"));
          return {
            crossEntropy: { weight: labels, value: crossEntropy(output, classes) },
            virtual: { weight, value: virtualKd(output, virtual, temperature) },
          };
        },
      };
    },
  };
}

function checkAlone({ from, beside, source }: { from: string; beside: string; source: string }) {
  if (beside === "none" && source === "generator") return;
  throw new RangeError(
    `Cannot use "vkd" from "${from}": found beside = "${beside}" and source = "${source}", want "none" and ` +
      '"generator", or from = "teacher"',
  );
}
