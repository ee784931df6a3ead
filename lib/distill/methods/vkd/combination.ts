/** Any distiller with VKD's term beside its own. */
import type { Distiller, EarlierLeftovers } from "../../distiller.ts";
import { type VirtualTeacherOptions, virtualTeacherStage, VKD_TEACHER } from "./teacher_stage.ts";
import { classesOf } from "../../shapes.ts";
import { type KnowledgeLeft, storedKnowledge, virtualKd } from "./virtual_loss.ts";

/** What must stand wherever VKD is shown. */
export const VKD_DEVIATIONS = [
  "VKD by our reading of its abstract, as the paper's text was not at hand: networks, losses and constants are ours",
] as const;

/** Of the term that is added. */
export interface CombinationOptions extends VirtualTeacherOptions {
  /** a_v. */
  readonly weight: number;
  readonly source: "generator" | "table";
}

/**
 * A distiller whose loss is that of another plus a_v · T² · KL(q ‖ softmax(z_s / T)), q drawn from the generator that
 * learnt beside a teacher. Where the other one, or a stage of its own, has the experiment's teacher, it gets this one in
 * its place, so that both terms speak of one network: TAKD's assistant learns from it too.
 *
 * @param other Keeps its stages, adapters and state; one output of the student for each label, so no views (SSKD).
 */
export function withVirtualKnowledge(
  other: Distiller,
  options: CombinationOptions,
): Distiller {
  const { weight, source, temperature } = options;
  const { needs, before = [] } = withVirtualTeacher(other);
  return {
    ...other,
    name: `vkd_${other.name}`,
    title: `VKD+${other.title}`,
    tasks: ["classification"],
    deviations: [...other.deviations ?? [], ...VKD_DEVIATIONS],
    needs: {
      ...needs,
      reads: [...needs.reads ?? [], VKD_TEACHER],
    },
    before: [virtualTeacherStage(options), ...before],
    prepare(context) {
      const method = other.prepare(context);
      const knowledge = storedKnowledge(source, knowledgeOf(context.earlier), {
        classes: classesOf(context.train),
        temperature,
        rng: context.rng.child("virtual"),
      });
      return {
        ...method,
        state: { ...method.state, virtual: knowledge.parameters },
        loss(student, batch) {
          const { labels, rng } = batch;
          const virtual = knowledge.logits(labels, rng.child("virtual"));
          return {
            ...method.loss(student, batch),
            virtual: { weight, value: virtualKd(student.output, virtual, temperature) },
          };
        },
      };
    },
  };
}

/** The same method and stages, with VKD's teacher wherever they have the experiment's. */
function withVirtualTeacher(distiller: Distiller): Distiller {
  const { needs, before } = distiller;
  const hasTeacher = needs.teacher !== "none" && needs.teacherFrom === undefined;
  return {
    ...distiller,
    needs: {
      ...needs,
      ...(hasTeacher && { teacherFrom: VKD_TEACHER }),
      ...(needs.startsFrom === "teacher" && { startsFrom: VKD_TEACHER }),
    },
    ...(before && {
      before: before.map((stage) => ({ ...stage, distiller: withVirtualTeacher(stage.distiller) })),
    }),
  };
}

/** What the teacher's stage left. */
export function knowledgeOf(earlier: EarlierLeftovers): KnowledgeLeft {
  const { generator, means } = earlier[VKD_TEACHER]!;
  return { generator: generator!, means: means! };
}
