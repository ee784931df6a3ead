/** Checks a specification before hours are spent on it. */
import { checkFraction, checkInteger, lookUp } from "../base/check.ts";
import type { Task } from "../base/contracts.ts";
import { DATASETS, DISTILLERS, GANS, NETWORKS } from "../registry.ts";
import { chainSeed } from "./stages/context.ts";
import type { NetworkTraining, SizedNetwork, Specification } from "./specification.ts";

/**
 * Names, lengths and fractions that a change on the command line can get wrong. Stages check what they are
 * given as well, but some of them come after a long training.
 *
 * @throws {RangeError} An unknown name, no seed, or a number out of its range; names it.
 */
export function checkSpecification(specification: Specification, setting: string): void {
  const { gan, ratio, synthesis } = specification;
  lookUp(DATASETS, specification.dataset, "data set");
  chainSeed(specification);
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
  const trainings: Record<string, Pick<NetworkTraining, "epochs" | "batch">> = {
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
  };
  for (const [name, { epochs, batch }] of Object.entries(trainings)) {
    checkInteger(epochs, `${name}.epochs`);
    checkInteger(batch, `${name}.batch`);
  }
  checkInteger(lookUp(gan.steps, setting, "GAN length for setting"), `gan.steps.${setting}`);
  checkInteger(gan.batch, "gan.batch");
  checkInteger(gan.discriminatorSteps, "gan.discriminatorSteps");
  checkFraction(gan.width, "gan.width", 0, Infinity);
  if (!(gan.diversity >= 0 && gan.diversity < Infinity)) {
    throw new RangeError(
      `Cannot use gan.diversity = ${gan.diversity}: want a number of at least 0`,
    );
  }
  if (gan.diversity > 0 && gan.batch % 2 !== 0) {
    throw new RangeError(
      `Cannot pair the images of gan.batch = ${gan.batch}: want an even batch, or gan.diversity = 0`,
    );
  }
  checkInteger(ratio.epochs, "ratio.epochs");
  checkInteger(ratio.batch, "ratio.batch");
  checkInteger(synthesis.perLabel, "synthesis.perLabel");
  checkInteger(synthesis.burnIn, "synthesis.burnIn");
  checkInteger(synthesis.batch, "synthesis.batch");
  checkInteger(synthesis.fakes, "synthesis.fakes");
  checkFraction(
    lookUp(synthesis.rho, setting, "rho for setting"),
    `synthesis.rho.${setting}`,
  );
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
