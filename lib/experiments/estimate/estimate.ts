/** What a run will take on this machine, measured and said before it starts. */
import type { Dataset, LabelledImages } from "../../base/contracts.ts";
import { selectLabelled } from "../../base/contracts.ts";
import { backendInfo } from "../../base/tf.ts";
import { stepsPerEpoch } from "../../data/batches.ts";
import { scalarStepsPerEpoch } from "../../density_ratio/scalar_ratio_data.ts";
import { NETWORKS } from "../../registry.ts";
import { DataTable } from "../../report/data_table.ts";
import type { Context } from "../stages/context.ts";
import type { NetworkTraining, SizedNetwork } from "../experiment.ts";
import { opinionStage, poolStage, processedId } from "../stages/fakes_stage.ts";
import { ganStage } from "../stages/gan_stage.ts";
import { type Cost, Gauge } from "./gauge.ts";
import { teacherStage, type TrainedNetwork } from "../stages/network_stage.ts";
import { Plan } from "./plan.ts";
import { conditionStage } from "../stages/condition_stage.ts";
import { featuresStage } from "../stages/features_stage.ts";
import { ratioStage } from "../stages/ratio_stage.ts";
import {
  distillerOf,
  needsTeacher,
  studentChoices,
  studentStage,
} from "../stages/student_stage.ts";

/** One stage, or several of the same cost. */
export interface EstimateRow {
  readonly stage: string;
  /** How many there are, and how many of them are in the store already. */
  readonly runs: number;
  readonly held: number;
  /** Of one run: optimisation steps; rounds of fakes where nothing is trained. */
  readonly steps: number;
  /** Measured here; undefined where nothing is left to do. */
  readonly secondsPerStep?: number;
  /** Of all runs that are not held. */
  readonly hours: number;
  /** Largest need of one run, in bytes; 0 where nothing is left to do. */
  readonly memory: number;
}

/** What a run of one setting will take. */
export interface Estimate {
  readonly rows: readonly EstimateRow[];
  readonly hours: number;
  /** Of the stage that needs most, in bytes. */
  readonly memory: number;
  /** Free on this machine, in bytes. */
  readonly available: number;
  readonly sentence: string;
}

/** How long to measure. */
export interface EstimateOptions {
  /** Batches grow until a step takes about this long; 1 unless said. */
  readonly secondsPerMeasurement?: number;
  /** Only students whose "student, method" holds it (case-insensitive); all unless said. */
  readonly pattern?: string;
}

/** Fakes drawn for each one accepted; 2 to 10 are usual, and nobody knows before the fit. */
const DRAWS_PER_ACCEPTED = 5;
/** Images of one pass in inference mode, as in `askTeacher`. */
const OPINION_BATCH = 250;
/**
 * Measures one training step of every part that is not in the store yet, and multiplies by the steps that
 * are left. Trains nothing and keeps nothing.
 *
 * A step runs at a batch of 8 first, then at larger ones while it is fast; the line through the last two
 * is carried on to the wanted batch, which is close on a CPU and too much on a GPU. A distilled step is one
 * of plain training and one pass of the teacher. Measurements on the test set, the features of a pooled
 * ratio fit and the first start of TensorFlow are left out.
 *
 * Memory: weights, optimiser and all tensors alive at the peak of a step, the batch's share in proportion,
 * and the bytes of the real images, of the pool of fakes from its drawing on, and of pooled features. The
 * process itself (about 0.5 GB) and buffers inside TensorFlow come on top.
 */
export async function estimateRun(
  context: Context,
  options: EstimateOptions = {},
): Promise<Estimate> {
  const plan = new Plan(context.store);
  const planned: Context = {
    specification: context.specification,
    setting: context.setting,
    dataset: context.dataset,
    store: plan,
    fresh: context.fresh,
  };
  const rows = await rowsOf(
    planned,
    plan,
    new Gauge(planned, options.secondsPerMeasurement ?? 1),
    options.pattern,
  );
  const hours = rows.reduce((sum, row) => sum + row.hours, 0);
  const memory = Math.max(0, ...rows.map((row) => row.memory));
  const { available } = Deno.systemMemoryInfo();
  return {
    rows,
    hours,
    memory,
    available,
    sentence: sentenceOf(rows, { hours, memory, available }),
  };
}

/** The rows as a table, the sentence below it. */
export function estimateTable({ rows, sentence }: Estimate): DataTable {
  return new DataTable({
    title: "Before the start: what is left to do",
    columns: [
      { key: "stage", title: "stage" },
      { key: "runs", title: "runs" },
      { key: "held", title: "in store" },
      { key: "steps", title: "steps" },
      { key: "secondsPerStep", title: "s/step", digits: 3 },
      { key: "hours", title: "hours", digits: 2 },
      { key: "memory", title: "GB", digits: 2 },
    ],
    rows: rows.map((row) => ({ ...row, memory: row.memory === 0 ? undefined : row.memory / 1e9 })),
    notes: [sentence],
  });
}

async function rowsOf(
  context: Context,
  plan: Plan,
  gauge: Gauge,
  pattern?: string,
): Promise<EstimateRow[]> {
  const { specification, setting, dataset } = context;
  const { gan, ratio, synthesis } = specification;
  const rows: EstimateRow[] = [];
  const real = dataset.train.labels.length;
  const pixels = bytesOfImages(dataset, 1);
  const realBytes = bytesOfImages(dataset, real + dataset.test.labels.length);
  const { task } = dataset.train;
  const classes = task.kind === "classification" ? task.classes : task.labels.length;
  const poolSize = synthesis.perLabel * classes;
  /** Adds a row for stages looked up since the last one. */
  const add = async (
    stage: string,
    work: { steps: number; cost: () => Promise<Cost>; extra?: number; is?: string },
  ) => {
    const asked = plan.take(work.is);
    if (asked.length === 0) return;
    const left = asked.filter((entry) => !entry.held).length;
    const runs = asked.length;
    const cost = left === 0 ? undefined : await work.cost();
    rows.push({
      stage,
      runs,
      held: runs - left,
      steps: work.steps,
      ...(cost && { secondsPerStep: cost.seconds }),
      hours: cost === undefined ? 0 : left * work.steps * cost.seconds / 3600,
      memory: cost === undefined ? 0 : cost.bytes + realBytes + (work.extra ?? 0),
    });
  };
  const length = ({ epochs, batch }: NetworkTraining, count = real) =>
    epochs * stepsPerEpoch({ count, batch });
  const titleOf = ({ network }: SizedNetwork) => NETWORKS[network].title;

  const choices = studentChoices(specification, pattern);
  const needsFakes = choices.some(({ trainOn }) => trainOn === "real+fake");
  const trained = new Map<string, TrainedNetwork>();
  const teacherOf = async (sized: SizedNetwork): Promise<TrainedNetwork> => {
    const name = JSON.stringify(sized);
    const known = trained.get(name);
    if (known) return known;
    const teacher = await teacherStage(context, sized);
    trained.set(name, teacher);
    await add(`teacher ${titleOf(sized)}`, {
      steps: length(specification.teacherTraining),
      cost: () => gauge.training(sized, specification.teacherTraining),
    });
    return teacher;
  };

  let fakes: { id: string; set: LabelledImages } | undefined;
  const poolBytes = poolSize * (pixels + 8);
  if (needsFakes) {
    const teacher = await teacherOf(specification.filterTeacher);
    const condition = await conditionStage(context);
    const { embedding } = gan;
    if (embedding) {
      // x2y takes nearly all of it.
      await add("label embedding", {
        is: "embedding",
        steps: embedding.images.epochs *
          stepsPerEpoch({ count: real, batch: embedding.images.batch }),
        cost: () =>
          gauge.training({ network: "resnet34", width: embedding.width }, {
            ...specification.teacherTraining,
            ...embedding.images,
          }),
      });
    }
    const generator = await ganStage(context, condition);
    if (gan.guide !== "none") {
      const { guide } = gan;
      await add(`guide ${titleOf(guide)}`, {
        is: "guide",
        steps: length(guide.training),
        cost: () => gauge.training(guide, guide.training),
      });
    }
    await add("cGAN", { steps: gan.steps[setting]!, cost: () => gauge.gan() });
    const isSubsampled = synthesis.steps.includes("subsample");
    const { extractor } = ratio;
    const features = await featuresStage(context);
    if ("autoencoder" in extractor) {
      await add("sparse autoencoder", {
        steps: extractor.epochs * stepsPerEpoch({ count: real, batch: extractor.batch }),
        cost: () => gauge.autoencoder(extractor),
      });
    } else {
      await add(`extractor ${titleOf(extractor)}`, {
        steps: length(extractor.training),
        cost: () => gauge.training(extractor, extractor.training),
      });
    }
    const fitted = isSubsampled
      ? await ratioStage(context, { gan: generator, features, condition })
      : undefined;
    if (fitted) {
      const tables = ratio.pool === "fresh" ? 0 : 2 * (real + ratio.pool * classes);
      const perEpoch = task.kind === "classification"
        ? stepsPerEpoch({ count: real, batch: ratio.batch })
        : scalarStepsPerEpoch(real, ratio.batch);
      await add("density ratio", {
        steps: ratio.epochs * perEpoch,
        cost: () => gauge.ratio(),
        extra: tables === 0 ? 0 : tables * gauge.featureSize * 4,
      });
    }
    const pool = await poolStage(context, { gan: generator, condition, ratio: fitted });
    const draws = isSubsampled
      ? classes * (synthesis.burnIn + DRAWS_PER_ACCEPTED * synthesis.perLabel)
      : poolSize;
    await add("fakes", {
      steps: Math.ceil(draws / synthesis.batch),
      cost: () => gauge.fakes(isSubsampled),
      // While they are written: the pool, and the file's bytes.
      extra: 2 * poolBytes,
    });
    await opinionStage(context, pool, teacher);
    await add("teacher on the fakes", {
      steps: Math.ceil(poolSize / OPINION_BATCH),
      cost: () => gauge.inference(specification.filterTeacher, OPINION_BATCH),
      extra: poolBytes,
    });
    const processing = {
      steps: synthesis.steps,
      rho: synthesis.rho[setting]!,
      fakes: synthesis.fakes,
    };
    const inputs = { pool: pool.artifact, teacher: teacher.artifact };
    fakes = { id: await processedId(specification, inputs, processing), set: noFakes(dataset) };
  }

  // Teachers first, so that what is asked of the plan below belongs to students alone.
  for (const { distiller, teacher } of choices) {
    if (needsTeacher(distillerOf(specification, distiller).distiller)) {
      await teacherOf(teacher ?? specification.filterTeacher);
    }
  }
  const { studentTraining: training } = specification;
  for (const trainOn of specification.trainOn) {
    const count = trainOn === "real" ? real : real + synthesis.fakes;
    const work = { steps: length(training, count), extra: trainOn === "real" ? 0 : poolBytes };
    const on = trainOn === "real" ? "real" : "real and fake";
    for (const name of specification.distillers) {
      const { distiller } = distillerOf(specification, name);
      for (const student of specification.students) {
        const teachers: SizedNetwork[] = [];
        for (const choice of choices) {
          const isHere = choice.trainOn === trainOn && choice.distiller === name &&
            choice.student === student;
          if (!isHere) continue;
          const sized = needsTeacher(distiller)
            ? choice.teacher ?? specification.filterTeacher
            : undefined;
          if (sized) teachers.push(sized);
          await studentStage(context, choice, {
            teacher: sized && await teacherOf(sized),
            ...(trainOn === "real+fake" && { fakes }),
          });
        }
        // The dearest teacher of the row stands for all.
        const costWith = (sized: SizedNetwork) => async () => {
          const passes: Cost[] = [];
          // One after the other, so that none slows another down.
          for (const teacher of distinct(teachers)) {
            passes.push(await gauge.inference(teacher, training.batch));
          }
          const plain = await gauge.training(sized, training);
          return {
            seconds: plain.seconds + Math.max(0, ...passes.map(({ seconds }) => seconds)),
            bytes: plain.bytes + Math.max(0, ...passes.map(({ bytes }) => bytes)),
          };
        };
        for (const stage of distiller.before ?? []) {
          const sized = stage.trains === "teacher"
            ? specification.filterTeacher
            : specification.assistant;
          if (!plan.holdsAny(stage.name)) continue;
          await add(`${stage.name} ${titleOf(sized)}, ${distiller.title} on ${on}`, {
            ...work,
            is: stage.name,
            cost: costWith(sized),
          });
        }
        await add(`student ${titleOf(student)}, ${distiller.title} on ${on}`, {
          ...work,
          cost: costWith(student),
        });
      }
    }
  }
  return rows;
}

function noFakes(dataset: Dataset): LabelledImages {
  return selectLabelled(dataset.train, []);
}

function distinct(networks: readonly SizedNetwork[]): SizedNetwork[] {
  return [...new Map(networks.map((sized) => [JSON.stringify(sized), sized])).values()];
}

function bytesOfImages({ train }: Dataset, count: number): number {
  const { height, width, channels } = train.images.shape;
  return count * height * width * channels;
}

function sentenceOf(
  rows: readonly EstimateRow[],
  { hours, memory, available }: { hours: number; memory: number; available: number },
): string {
  const runs = rows.reduce((sum, row) => sum + row.runs, 0);
  const held = rows.reduce((sum, row) => sum + row.held, 0);
  if (held === runs) return `Nothing is left to do: all ${runs} stages are in the store.`;
  const time = hours < 1
    ? `${Math.max(1, Math.round(hours * 60))} min`
    : hours < 48
    ? `${hours.toFixed(1)} hours`
    : `${(hours / 24).toFixed(1)} days`;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  const longest = rows.reduce((a, b) => b.hours > a.hours ? b : a);
  const warning = memory > available
    ? " More than is free: expect it to fail there; lower the batch or use another machine."
    : "";
  return `About ${time} on this machine (${backendInfo.device}), as busy as it is now; ${held} of ` +
    `${runs} stages are in the store. Longest: ${longest.stage}. Up to ${gigabytes(memory)} of ` +
    `memory, ${gigabytes(available)} are free.${warning}`;
}
