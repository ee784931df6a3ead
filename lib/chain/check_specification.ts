/** Checks a specification before hours are spent on it. */
import { checkFraction, checkInteger, checkNumber, lookUp } from "../base/check.ts";
import type { Task } from "../base/contracts.ts";
import { stagesOf } from "../distill/distiller.ts";
import type { EvaluationProtocol } from "../evaluation/protocol.ts";
import { DATASETS, type DistillerName, DISTILLERS, GANS, NETWORKS } from "../registry.ts";
import { checkAllowedValues } from "../experiments/specification/allowed_values.ts";
import { chainSeed } from "./stages/context.ts";
import { distillerOf } from "./stages/student_stage.ts";
import type {
  GanSpecification,
  NetworkTraining,
  RatioSpecification,
  SizedNetwork,
  Specification,
} from "../experiments/specification/specification.ts";

/**
 * Names, lengths and fractions that a change on the command line can get wrong. Stages check what they are
 * given as well, but some of them come after a long training.
 *
 * @throws {RangeError} An unknown name, no seed, or a number out of its range; names it.
 */
export function checkSpecification(specification: Specification, setting: string): void {
  const { gan, ratio, synthesis, evaluation } = specification;
  lookUp(DATASETS, specification.dataset, "data set");
  chainSeed(specification);
  for (const seed of specification.seeds) checkInteger(seed, "seeds", 0);
  checkAllowedValues(specification);
  const guide = gan.guide === "none" ? [] : [gan.guide];
  const { extractor } = ratio;
  const classifier = "autoencoder" in extractor ? [] : [extractor];
  const networks: SizedNetwork[] = [
    ...specification.teachers,
    specification.filterTeacher,
    specification.assistant,
    ...specification.students,
    ...classifier,
    ...guide,
  ];
  for (const { network, width } of networks) {
    lookUp(NETWORKS, network, "network");
    checkFraction(width, `width of ${network}`, 0, Infinity);
  }
  lookUp(GANS, gan.family, "GAN");
  for (const name of specification.distillers) lookUp(DISTILLERS, name, "distiller");
  const trainings: Record<
    string,
    Pick<NetworkTraining, "epochs" | "batch" | "learningRate"> & Partial<NetworkTraining>
  > = {
    teacherTraining: specification.teacherTraining,
    studentTraining: specification.studentTraining,
    ...("autoencoder" in extractor
      ? { "ratio.extractor": extractor }
      : { "ratio.extractor.training": extractor.training }),
    ...(gan.embedding && {
      "gan.embedding.images": gan.embedding.images,
      "gan.embedding.labels": gan.embedding.labels,
    }),
    ...(guide[0] && { "gan.guide.training": guide[0].training }),
    ...(evaluation && {
      "evaluation.autoencoder": evaluation.autoencoder,
      "evaluation.judges": evaluation.judges,
    }),
  };
  for (const [name, training] of Object.entries(trainings)) {
    checkInteger(training.epochs, `${name}.epochs`);
    checkInteger(training.batch, `${name}.batch`);
    checkFraction(training.learningRate, `${name}.learningRate`, 0, Infinity);
    checkNumber(training.weightDecay ?? 0, `${name}.weightDecay`);
    checkMomentum(training.momentum ?? 0, `${name}.momentum`);
    checkMilestones(training.milestones ?? [], `${name}.milestones`);
  }
  checkGan(gan, setting);
  checkRatio(ratio);
  checkInteger(synthesis.perLabel, "synthesis.perLabel");
  checkInteger(synthesis.burnIn, "synthesis.burnIn");
  checkInteger(synthesis.batch, "synthesis.batch");
  checkInteger(synthesis.fakes, "synthesis.fakes");
  checkFraction(
    lookUp(synthesis.rho, setting, "rho for setting"),
    `synthesis.rho.${setting}`,
  );
  if (evaluation) checkEvaluation(evaluation);
  checkInteger(specification.curveEvery, "curveEvery");
}

function checkGan(gan: GanSpecification, setting: string): void {
  const { guide, average, auxiliary, embedding } = gan;
  checkInteger(lookUp(gan.steps, setting, "GAN length for setting"), `gan.steps.${setting}`);
  lookUp(gan.diffAugment, setting, "DiffAugment switch for setting");
  checkInteger(gan.batch, "gan.batch");
  checkInteger(gan.discriminatorSteps, "gan.discriminatorSteps");
  checkFraction(gan.width, "gan.width", 0, Infinity);
  checkFraction(gan.generatorRate, "gan.generatorRate", 0, Infinity);
  checkFraction(gan.discriminatorRate, "gan.discriminatorRate", 0, Infinity);
  checkMomentum(gan.beta1, "gan.beta1");
  checkMomentum(gan.beta2, "gan.beta2");
  if (average !== "none") {
    checkMomentum(average.decay, "gan.average.decay");
    checkInteger(average.start, "gan.average.start", 0);
  }
  checkNumber(auxiliary.discriminator, "gan.auxiliary.discriminator");
  checkNumber(auxiliary.generator, "gan.auxiliary.generator");
  if (guide !== "none") {
    checkNumber(guide.weight, "gan.guide.weight");
    checkInteger(guide.start, "gan.guide.start", 0);
    checkNumber(guide.margin, "gan.guide.margin");
  }
  checkNumber(gan.diversity, "gan.diversity");
  if (gan.diversity > 0 && gan.batch % 2 !== 0) {
    throw new RangeError(
      `Cannot pair the images of gan.batch = ${gan.batch}: want an even batch, or gan.diversity = 0`,
    );
  }
  if (gan.judgeEvery !== undefined) checkInteger(gan.judgeEvery, "gan.judgeEvery");
  if (embedding) {
    checkFraction(embedding.width, "gan.embedding.width", 0, Infinity);
    checkNumber(embedding.weightDecay, "gan.embedding.weightDecay");
    checkNumber(embedding.noise, "gan.embedding.noise");
  }
}

function checkRatio(ratio: RatioSpecification): void {
  const { extractor } = ratio;
  if ("autoencoder" in extractor) {
    checkFraction(extractor.width, "ratio.extractor.width", 0, Infinity);
    checkInteger(extractor.decayEvery, "ratio.extractor.decayEvery");
    checkNumber(extractor.sparsity, "ratio.extractor.sparsity");
  }
  checkInteger(ratio.epochs, "ratio.epochs");
  checkInteger(ratio.batch, "ratio.batch");
  checkFraction(ratio.width, "ratio.width", 0, Infinity);
  checkFraction(ratio.learningRate, "ratio.learningRate", 0, Infinity);
  checkMilestones(ratio.milestones, "ratio.milestones");
  checkNumber(ratio.weightDecay, "ratio.weightDecay");
  checkNumber(ratio.penalty, "ratio.penalty");
  if (ratio.pool !== "fresh") checkInteger(ratio.pool, "ratio.pool");
}

function checkEvaluation(evaluation: EvaluationProtocol): void {
  const { labels, images, autoencoder } = evaluation;
  if (labels !== "all") checkInteger(labels, "evaluation.labels");
  if (images !== "all") checkInteger(images, "evaluation.images");
  // A spread needs two images.
  checkInteger(evaluation.perLabel, "evaluation.perLabel", 2);
  checkNumber(evaluation.radius, "evaluation.radius");
  checkFraction(evaluation.width, "evaluation.width", 0, Infinity);
  checkInteger(autoencoder.decayEvery, "evaluation.autoencoder.decayEvery");
  checkMomentum(autoencoder.beta1, "evaluation.autoencoder.beta1");
  checkMomentum(autoencoder.beta2, "evaluation.autoencoder.beta2");
}

function checkMilestones(milestones: readonly number[], name: string): void {
  for (const milestone of milestones) checkInteger(milestone, name);
}

function checkMomentum(value: number, name: string): void {
  if (!(value >= 0 && value < 1)) {
    throw new RangeError(`Cannot use ${name} = ${value}: want a number in [0, 1)`);
  }
}

/**
 * Distillers against the labels at hand; `checkSpecification` came before.
 *
 * @throws {RangeError} A loss is not defined for them; lists the distillers whose loss is.
 */
export function checkDistillers(specification: Specification, { kind }: Task): void {
  for (const name of specification.distillers) {
    const { distiller } = distillerOf(specification, name);
    const tasks = stagesOf(distiller).map((stage) => stage.distiller.tasks);
    if (tasks.every((known) => known.includes(kind))) continue;
    const others = (Object.keys(DISTILLERS) as DistillerName[]).filter((other) =>
      stagesOf(distillerOf(specification, other).distiller)
        .every((stage) => stage.distiller.tasks.includes(kind))
    );
    throw new RangeError(
      `Cannot distil with "${name}": its loss is not defined for ${kind}, want one of ${
        others.join(", ")
      }`,
    );
  }
}

/**
 * M^g against what can be left of the pool; `checkSpecification` came before.
 *
 * @throws {RangeError} M^g is larger than the pool after the filter.
 */
export function checkFakes(specification: Specification, setting: string, task: Task): void {
  const { steps, perLabel, rho, fakes } = specification.synthesis;
  if (!specification.trainOn.includes("real+fake")) return;
  const pool = perLabel * (task.kind === "classification" ? task.classes : task.labels.length);
  const kept = steps.includes("filter") ? Math.ceil(rho[setting]! * pool) : pool;
  if (fakes > kept) {
    throw new RangeError(
      `Cannot draw M^g = ${fakes} fake images: at most ${kept} of ${pool} will be left, want at ` +
        "least as many; lower synthesis.fakes, or raise synthesis.rho or synthesis.perLabel",
    );
  }
}
