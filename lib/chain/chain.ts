/** The chain of one setting: the parts, and what is measured of them and of students. */
import { checkArgument } from "../base/check_argument.ts";
import { STUDENT } from "./check_run.ts";
import { Parts } from "./parts.ts";
import {
  type OutsideJudgement,
  outsideJudgement,
  type OutsideJudgementOptions,
} from "./outside_judgement.ts";
import type { Verdict } from "../bound/verdict.ts";
import { verdictOnFakes } from "./verdict_on_fakes.ts";
import { boundStage, type MeasuredBound } from "./stages/bound_stage.ts";
import { type AccuracyScore, accuracyScoreStage } from "./stages/judging/accuracy_score_stage.ts";
import { answersStage, type StudentAnswers, testOutputs } from "./stages/judging/answers_stage.ts";
import {
  evaluationProtocol,
  evaluationStage,
  type GeneratorEvaluation,
} from "./stages/judging/evaluation_stage.ts";
import { featuresOf, type TrainedFeatures } from "./stages/features_stage.ts";
import {
  generatorMeasureStage,
  type MeasuredGenerator,
} from "./stages/judging/generator_measure_stage.ts";
import {
  complexityStage,
  type MeasuredComplexity,
  trainingErrorStage,
} from "./stages/judging/complexity_stage.ts";
import type { TrainedStudent } from "./stages/student_stage.ts";

/** All that comes before students, and the measurements beside it. */
export class Chain extends Parts {
  /**
   * Whether the generator's images lie among held-out real ones and reach all of them: precision, recall, density,
   * coverage and Fréchet distance, with training images in the place of fakes for comparison.
   */
  generatorMeasures(): Promise<MeasuredGenerator> {
    return this.once("generator measures", async () =>
      generatorMeasureStage(this.context, {
        gan: await this.gan(),
        condition: await this.condition(),
        judge: await this.judge(),
        features: await this.#uninvolvedFeatures(),
      }));
  }

  /**
   * What the first student learns from unprocessed fakes alone, beside real images: trains two networks for as long as
   * a student takes.
   */
  accuracyScore(): Promise<AccuracyScore> {
    return this.once(
      "accuracy score",
      async () => accuracyScoreStage(this.context, await this.pool(false)),
    );
  }

  /**
   * What a judge that nobody here trained says of the labels of real images, fakes and processed fakes: the one known for
   * the data set (CIFAR-10: 10 MB, UTKFace: 17 MB and ONNX Runtime, downloaded when first asked), or yours.
   *
   * @throws {RangeError} No judge is known for the data set, and none was given.
   */
  outsideJudgement(options: OutsideJudgementOptions = {}): Promise<OutsideJudgement> {
    return outsideJudgement(this, options);
  }

  /**
   * Intra-FID, diversity and label score of the fakes (method specification 7.4): beside the chain, for scalar
   * labels. Trains networks of its own.
   */
  generatorScore(): Promise<GeneratorEvaluation> {
    return this.once("generator score", async () => {
      const { compat } = evaluationProtocol(this.context);
      return evaluationStage(
        this.context,
        await this.pool(compat.sampler === "raw" ? false : undefined),
      );
    });
  }

  /**
   * Agreement and divergence of a student from its teacher, and how far its confidence can be believed, on the test
   * images; trains no student. One without a teacher is compared with the filter's.
   *
   * @throws {RangeError} Labels are scalar.
   */
  async answers(
    student: Pick<TrainedStudent, "network" | "teacher">,
  ): Promise<StudentAnswers> {
    checkArgument("run.answers()", student, STUDENT);
    const { network, teacher } = student;
    const compared = teacher ?? await this.teacher();
    return answersStage(this.context, {
      student: network,
      teacher: compared,
      teacherOutputs: () =>
        this.once(
          `test outputs ${compared.artifact.id}`,
          () => testOutputs(this.context, compared),
        ),
    });
  }

  /** What to expect of the fakes, said before any student is trained on them; measures the bound first. */
  verdict(): Promise<Verdict> {
    return this.once("verdict", async () =>
      verdictOnFakes(this.context, {
        pool: await this.pool(),
        processed: await this.processed(),
        opinion: await this.opinion(),
        teacher: await this.teacher(),
        judge: await this.judge(),
        bound: await this.bound(),
      }));
  }

  /** The terms of the error bound, measured on the processed fakes. */
  bound(): Promise<MeasuredBound> {
    return this.once(
      "bound",
      async () => {
        return boundStage(this.context, {
          processed: await this.processed(),
          features: await this.#uninvolvedFeatures(),
          judge: await this.judge(),
        });
      },
    );
  }

  /**
   * ε_opt of a student at the most: its error on its own training set as a loss in [0, 1].
   */
  async trainingError(student: Pick<TrainedStudent, "network" | "added">): Promise<number> {
    checkArgument("run.trainingError()", student, STUDENT);
    return await trainingErrorStage(this.context, student);
  }

  /** Complexity of the first student's class by random signs, beside b / √N; each draw trains a student. */
  complexity(draws?: number): Promise<MeasuredComplexity> {
    return this.once(`complexity ${draws}`, () => complexityStage(this.context, { draws }));
  }

  /** Features to measure by: of classes the judge's, which no quirk of the reference's concerns. */
  async #uninvolvedFeatures(): Promise<TrainedFeatures> {
    return this.dataset.train.task.kind === "classification"
      ? featuresOf(this.context, await this.judge(), "standardized")
      : await this.features();
  }
}
