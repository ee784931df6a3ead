/** FFSD: feature fusion and self-distillation of students that learn together (Li et al., 2021, arXiv 2103.14473). */
import { furtherPass, ParameterSet, Scope } from "../../../base/module.ts";
import { group, integer, optional } from "../../../base/options/options.ts";
import { adamRate, lossWeight } from "../../../base/options/training_options.ts";
import { tf } from "../../../base/tf.ts";
import { lossAndGradients, sgd, stepDecay } from "../../../base/training/optimisers.ts";
import { ordinaryLoss } from "../../../networks/supervised.ts";
import type { Distiller, RawBatch } from "../../distiller.ts";
import { type MethodOptions, settled, softening } from "../../options.ts";
import { type MapShape, shapesOf } from "../../shapes.ts";
import { attentionLoss } from "../at.ts";
import { type CommonLosses, commonLosses, follow, stageMaps } from "./common_students.ts";
import { fusionModule, mixer } from "./modules.ts";
import { virtualMaps } from "./virtual_maps.ts";

/** Options of `ffsd`. */
export const FFSD_OPTIONS = group("Options of FFSD.", {
  students: optional(
    integer("Common students beside the leader, which is the one that is reported.", {
      from: 2,
      to: 7,
      why: "each takes as long as the leader",
    }),
    2,
  ),
  temperature: optional(softening(), 2),
  diversity: optional(lossWeight("λ_div: weight of diversity among common students."), 1e-5),
  fusion: optional(lossWeight("λ_fus: weight of fused maps in the leader's loss."), 10),
  chainRate: optional(adamRate("Learning rate of the chains of virtual maps (Adam)."), 1e-3),
});

/** Weight decay of the fusion module. */
const FUSION_DECAY = 1e-5;

/**
 * A leader learns from what the last maps of common students give when they are fused; all start from scratch and learn
 * at once, without a teacher.
 *
 * - Common student i: CE + T² · mean over the others of KL(p_j ‖ p_i), and for all but the first λ_div · (`diversityLoss`
 *   with the student before it + `pull` to virtual maps of that student's `divertedMap`).
 * - Fusion module, on their last maps without a gradient: CE + T² · KL(mean logits ‖ own).
 * - Leader: CE + T² · KL(fusion ‖ leader) + λ_fus · (`attentionLoss` of its last map with the fused one, of a
 *   widened copy of its last map with the joined ones, and `pull` to virtual maps of the fused one).
 * - Chains that make shallow maps of deep ones learn from their own network after each step.
 *
 * T = 2, λ_div = 1e−5, λ_fus = 10; both λ grow as `rampAt`. Common students are of the student's kind, from weights of
 * their own. Scalar labels: squared errors in place of CE and KL (ours).
 *
 * Read: the authors' public code at commit d5cfda9 (method specification G.1), whose weight for `pull` among common
 * students is λ_div too. Ours: chains up-sample and convolve in place of transposed convolutions, and follow the
 * stages of any network; the recipe is the experiment's (theirs: 300 epochs, Nesterov).
 */
export function ffsd(options: MethodOptions<typeof FFSD_OPTIONS> = {}): Distiller {
  const own = settled(FFSD_OPTIONS, options);
  const { students: count, temperature, klReduction: reduction } = own;
  return {
    name: "ffsd",
    title: "FFSD",
    tasks: ["classification", "regression"],
    // 2: a further pass of a step drops entries of its own.
    codeVersion: 2,
    needs: {
      teacher: "none",
      taps: "after",
      peers: Array.from({ length: count }, () => "student" as const),
    },
    deviations: [
      "FFSD with the experiment's recipe (no Nesterov momentum), and chains of virtual maps that up-sample and convolve",
    ],
    prepare({ student, peers, train, training, rng }) {
      const { taps, outputs } = shapesOf(student, train);
      const stages = taps.slice(1);
      const common = shapesOf(peers[0]!, train).taps.slice(1);
      const joint = count * common.at(-1)![2];
      const channels = stages.at(-1)![2];
      const fusion = new ParameterSet();
      const fuse = fusionModule(new Scope(fusion, rng.child("fusion")), {
        from: joint,
        to: channels,
        outputs,
      });
      const adapters = new ParameterSet();
      const widen = mixer(new Scope(adapters, rng).at("widen"), {
        from: channels,
        to: joint,
      });
      const { weightDecay, milestones, learningRate } = training;
      const chainOf = (who: string, of: readonly MapShape[]) =>
        virtualMaps(of, { rng: rng.child("chain", who), weightDecay });
      const leaderChain = chainOf("leader", stages);
      // Of all common students but the first.
      const chains = peers.slice(1).map((_, i) => chainOf(`student${i + 2}`, common));
      const optimisers = peers.map(({ parameters }) => sgd(parameters, training));
      const fusionSgd = sgd(fusion, { ...training, weightDecay: FUSION_DECAY });
      const learnt = ParameterSet.join({
        fusion,
        ...Object.fromEntries(peers.map(({ parameters }, i) => [`peer${i + 1}`, parameters])),
      });
      const isClassifier = train.task.kind === "classification";
      const losses: CommonLosses = { temperature, reduction, isClassifier };
      const rateOf = stepDecay(learningRate, milestones);
      const chainRateOf = stepDecay(own.chainRate, milestones);
      const gradientsOf = (all: Readonly<Record<string, tf.Tensor>>, role: string) =>
        Object.fromEntries(
          Object.entries(all).filter(([name]) => name.startsWith(`${role}/`))
            .map(([name, gradient]) => [name.slice(role.length + 1), gradient]),
        );

      /** A step of common students and fusion; what they said before it. */
      const learnTogether = (batch: RawBatch) => {
        const growth = rampAt(batch);
        const seen: tf.Tensor[] = [];
        const { gradients } = lossAndGradients(learnt, () => {
          const passes = peers.map((peer, i) =>
            peer.forward(batch.x, { ...furtherPass(batch.mode, `peer ${i + 1}`), taps: "after" })
          );
          const { loss, joined, fused, output } = commonLosses(passes, batch, {
            ...losses,
            fuse,
            chains,
            diversity: own.diversity * growth,
          });
          seen.push(...[output, fused, joined, ...passes.slice(1).flatMap(stageMaps)].map(kept));
          return loss;
        });
        const rate = rateOf(batch.epoch);
        optimisers.forEach((optimiser, i) =>
          optimiser.apply(gradientsOf(gradients, `peer${i + 1}`), rate)
        );
        fusionSgd.apply(gradientsOf(gradients, "fusion"), rate);
        const [output, fused, joined, ...maps] = seen;
        for (const [i, chain] of chains.entries()) {
          const own = maps.slice(i * common.length, (i + 1) * common.length) as tf.Tensor4D[];
          chain.learn(own, { rate: chainRateOf(batch.epoch), growth, mode: batch.mode });
        }
        // Copies belong to the step.
        const extras = { output: output!.clone(), fused: fused!.clone(), joined: joined!.clone() };
        tf.dispose(seen);
        return extras;
      };

      return {
        adapters,
        state: {
          fusion,
          fusionSgd: fusionSgd.state,
          ...Object.fromEntries(optimisers.map(({ state }, i) => [`sgd${i + 1}`, state])),
          ...Object.fromEntries([leaderChain, ...chains].flatMap(({ parameters, optimiser }, i) => [
            [`chain${i + 1}`, parameters],
            [`chainAdam${i + 1}`, optimiser],
          ])),
        },
        beforeStep: (batch) => ({ ...batch, extras: { ...batch.extras, ...learnTogether(batch) } }),
        loss(leader, batch) {
          const { output, fused, joined } = batch.extras;
          const maps = stageMaps(leader);
          const last = maps.at(-1)!;
          maps.forEach((map, i) => batch.keep(`stage${i + 1}`, map));
          const weight = own.fusion * rampAt(batch);
          return {
            ...ordinaryLoss(leader, batch),
            ensemble: { weight: 1, value: follow(leader, output as tf.Tensor2D, losses) },
            fused: { weight, value: attentionLoss(last, fused as tf.Tensor4D) },
            joined: {
              weight,
              value: attentionLoss(widen(last, batch.mode), joined as tf.Tensor4D),
            },
            virtual: { weight, value: leaderChain.pull(maps, fused as tf.Tensor4D) },
          };
        },
        afterStep(batch) {
          const maps = stages.map((_, i) => batch.kept[`stage${i + 1}`] as tf.Tensor4D);
          leaderChain.learn(maps, {
            rate: chainRateOf(batch.epoch),
            growth: rampAt(batch),
            mode: batch.mode,
          });
        },
      };
    },
  };
}

/**
 * e^(−5 (1 − e / 5)²) over the first five of 300 epochs, counted from 1, then 1; a training of any length is taken for
 * one of 300.
 */
export function rampAt({ step, steps }: Pick<RawBatch, "step" | "steps">): number {
  const epoch = 1 + Math.floor(300 * step / steps);
  return epoch <= 5 ? Math.exp(-5 * (1 - epoch / 5) ** 2) : 1;
}

const kept = (tensor: tf.Tensor) => tf.keep(tensor.clone());
