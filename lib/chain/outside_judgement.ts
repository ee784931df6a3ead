/** What a judge that nobody here trained says of the labels of real images, of fakes and of processed fakes. */
import { checkOptionNames } from "../base/check_argument.ts";
import { type LabelledImages, selectLabelled } from "../base/contracts.ts";
import { trainingOnce } from "../data/parts/all_images.ts";
import { evenlyOf, withoutCopies } from "../evaluation/measure_generator.ts";
import type { KnownJudge } from "../evaluation/outside/known_judges.ts";
import { judgedLabels, type OutsideJudge } from "../evaluation/outside/outside_judge.ts";
import { namedDataset } from "../experiments/specification/dataset_choice.ts";
import { OUTSIDE_JUDGES } from "../registry.ts";
import type { Parts } from "./parts.ts";

/** One set of images. */
export interface OutsideJudgedSet {
  /** "held-out real images", "training images", "fakes" or "processed fakes". */
  readonly what: string;
  /** How many the judge saw. */
  readonly images: number;
  /** Share of labels that it confirms, in [0, 1], for classes; mean |answer − label| in the labels' unit else. */
  readonly labels: number;
}

/** A judge's opinion of all sets. */
export interface OutsideJudgement {
  /** Who judged. */
  readonly judge: Pick<OutsideJudge, "title" | "remark">;
  /** From real images to what students see. */
  readonly sets: readonly OutsideJudgedSet[];
}

/** Who judges. */
export interface OutsideJudgementOptions {
  /** Yours, as from `await kerasJudge({ path: "my.h5" })`; default: the one known for the data set, which is downloaded. */
  readonly judge?: OutsideJudge;
}

/** Images of a set at most, evenly over the whole of it. */
const MOST = 5000;

/**
 * Held-out real images, training images, the fakes of the pool with the labels that they were drawn for, and the
 * processed fakes with the labels that students see, each by one judge.
 *
 * @throws {RangeError} No judge is known for the data set and none was given; see {@link judgedLabels} for others.
 */
export async function outsideJudgement(
  run: Parts,
  options: OutsideJudgementOptions = {},
): Promise<OutsideJudgement> {
  checkOptionNames("run.outsideJudgement()", options, {
    known: { judge: true },
    example: '{ judge: await kerasJudge({ path: "my.h5" }) }',
  });
  const { dataset, progress, signal } = run.context;
  // What cannot be judged is told before a generator is trained for it.
  const open = options.judge === undefined ? knownJudge(run) : undefined;
  const pool = await run.pool();
  const processed = await run.processed();
  const judge = options.judge ?? await open!({ signal });
  try {
    const { set: drawn } = pool.open();
    const sets: OutsideJudgedSet[] = [];
    for (
      const [what, set] of [
        ["held-out real images", withoutCopies(dataset.test)],
        ["training images", trainingOnce(dataset)],
        ["fakes", drawn],
        ["processed fakes", processed.set],
      ] as const
    ) {
      const some = atMost(set);
      const title = `${what} judged by ${judge.title}`;
      const labels = await judgedLabels(judge, some, { title, progress, signal });
      sets.push({ what, images: some.labels.length, labels });
    }
    return { judge: { title: judge.title, remark: judge.remark }, sets };
  } finally {
    if (options.judge === undefined) judge.dispose();
  }
}

function atMost(set: LabelledImages): LabelledImages {
  const all = Uint32Array.from({ length: set.labels.length }, (_, i) => i);
  return all.length <= MOST ? set : selectLabelled(set, evenlyOf(all, MOST));
}

function knownJudge({ context }: Parts): KnownJudge {
  const { name } = namedDataset(context.specification.dataset);
  const open = OUTSIDE_JUDGES[name];
  if (open === undefined) {
    const isClass = context.dataset.train.task.kind === "classification";
    throw new RangeError(
      `Cannot judge ${context.dataset.name} from outside: found no judge for it among those of ${
        Object.keys(OUTSIDE_JUDGES).join(" and ")
      }; hand in one of yours, as from await ${
        isClass
          ? 'kerasJudge({ path: "my.h5" })'
          : 'onnxJudge({ path: "my.onnx", title: "mine", remark: "", answerOf: (outputs) => outputs[0] })'
      }`,
    );
  }
  return open;
}
