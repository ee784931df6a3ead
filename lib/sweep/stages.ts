/** The stages of a run as a graph, found without making any: which there are, what each needs, what asks for it. */
import { selectLabelled } from "../base/contracts.ts";
import { canonicalJson } from "../base/disk/identity.ts";
import { Chain } from "../chain/chain.ts";
import type { ExperimentRun, StudentChoice, StudentFilter } from "../chain/run.ts";
import { measuredTerms } from "../chain/stages/bound_terms.ts";
import type { MeasuredBound } from "../chain/stages/bound_stage.ts";
import type { Context } from "../chain/stages/context.ts";
import { type AddedImages, askAboutOthers } from "../chain/stages/fakes/other_images.ts";
import { type FakePool, poolStage } from "../chain/stages/fakes/pool_stage.ts";
import { type ProcessedFakes, processedId } from "../chain/stages/fakes/process_fakes.ts";
import { featuresOf } from "../chain/stages/features_stage.ts";
import { ERRORS } from "../chain/stages/measured_elsewhere.ts";
import { studentStage } from "../chain/stages/student_stage.ts";
import { DryRunStore } from "../estimate/dry_run_store.ts";
import { NETWORKS } from "../registry.ts";
import { chainPart, type Part, SHARED } from "./part.ts";

/** One stage of a sweep. */
export interface SweepStage {
  /** Name of its result in the store: "<stage>-<hash>". */
  readonly id: string;
  /** For people, such as "student VGG11 on C-10K, BLKD, seed 1". */
  readonly title: string;
  /** Setting of the experiment. */
  readonly setting: string;
  /** Stages that come before it, by id, each before those that need it. */
  readonly needs: readonly string[];
  /** 0 where it needs nothing; else one more than the highest of those that it needs. */
  readonly level: number;
  /** Whoever asks a run for this part makes the stage. */
  readonly part: Part;
  /** Whether it was in the store. */
  readonly held: boolean;
}

/**
 * Every stage that the students of a run need, each once, an earlier one never after one that needs it; where students see
 * fakes the error bound is among them, as `deno task run` says first what to expect. Takes a second, trains nothing.
 *
 * @param filter As for `run.students`.
 * @throws {RangeError} No cell holds the pattern; lists them.
 */
export async function stagesOfRun(
  run: ExperimentRun,
  filter: StudentFilter = {},
): Promise<SweepStage[]> {
  const choices = run.choices(filter);
  const found = new Map<string, Omit<SweepStage, "level">>();
  const { context } = run;
  for (const part of partsOf(run, choices)) {
    const store = new DryRunStore(context.store);
    const { specification, setting, dataset } = context;
    const chain = new PlannedChain({ specification, setting, dataset, store });
    if (part.name === "student") await studentStage(chain, part.choice);
    else await chainPart(chain, part);
    const asked = store.take();
    for (const [place, { id, title, held }] of asked.entries()) {
      const needs = asked.slice(0, place).map(({ id }) => id);
      const before = found.get(id);
      // The shortest way to it asks for nothing that it does not need.
      const isShorter = before === undefined || needs.length < before.needs.length ||
        (needs.length === before.needs.length && before.part.name === "student");
      // Of the teachers only those that somebody asked for.
      if (!isShorter || (part.name === "teacher" && before === undefined)) continue;
      found.set(id, { id, title: titleOf(title, part), setting, needs, part, held });
    }
  }
  return withLevels([...found.values()]);
}

/**
 * The stage that measures a network's error, by the network's stage: one of its own where errors are asked for on other
 * images than trainings note them by (`split=unused`); none where the training itself notes the error.
 */
export function errorStages(stages: readonly SweepStage[]): Map<string, SweepStage> {
  const found = new Map<string, SweepStage>();
  for (const stage of stages) {
    // A network is measured before anything else is asked for.
    if (stage.id.startsWith(`${ERRORS}-`)) found.set(stage.needs.at(-1)!, stage);
  }
  return found;
}

/** What is asked for, the way to every stage among them. */
function partsOf(run: ExperimentRun, choices: readonly StudentChoice[]): Part[] {
  const hasFakes = choices.some(({ trainOn }) => trainOn === "real+fake");
  const { teachers, filterTeacher } = run.specification;
  const sized = new Map(
    [filterTeacher, ...teachers].map((network) => [canonicalJson(network), network]),
  );
  const students = choices.map((choice): Part => ({ name: "student", choice }));
  const isSubsampled = run.specification.synthesis.steps.includes("subsample");
  const shared = SHARED.filter((name) => name !== "ratio" || isSubsampled);
  const asked = students.concat(hasFakes ? shared.map((name): Part => ({ name })) : []);
  const controls = choices.some(({ trainOn }) => trainOn === "real+other real")
    ? [{ name: "others" } as const]
    : [];
  // Only as the short way to those that students and filter ask for.
  const teachersAlone = [...sized.values()].map((one): Part => ({ name: "teacher", sized: one }));
  return [...asked, ...teachersAlone, ...controls];
}

/** Students of several teachers have one title; theirs is said too. */
function titleOf(title: string, part: Part): string {
  if (part.name !== "student" || part.choice.teacher === undefined) return title;
  return `${title}, from ${NETWORKS[part.choice.teacher.network].title}`;
}

function withLevels(found: readonly Omit<SweepStage, "level">[]): SweepStage[] {
  const byId = new Map(found.map((stage) => [stage.id, stage]));
  const levels = new Map<string, number>();
  const levelOf = (id: string): number => {
    const known = levels.get(id);
    if (known !== undefined) return known;
    const level = Math.max(-1, ...byId.get(id)!.needs.map(levelOf)) + 1;
    levels.set(id, level);
    return level;
  };
  const staged = found.map((stage) => ({ ...stage, level: levelOf(stage.id) }));
  return staged.sort((a, b) => a.level - b.level);
}

/** A chain in which nothing is made: what would read images of fakes has none. */
class PlannedChain extends Chain {
  readonly #planned: Context;

  constructor(context: Context) {
    super(context);
    this.#planned = context;
  }

  override async pool(
    isSubsampled = this.specification.synthesis.steps.includes("subsample"),
  ): Promise<FakePool> {
    return poolStage(this.#planned, {
      gan: await this.gan(),
      condition: await this.condition(),
      ratio: isSubsampled ? await this.ratio() : undefined,
    });
  }

  override async processed(): Promise<ProcessedFakes> {
    const { specification, setting, dataset } = this.#planned;
    const { steps, rho, fakes } = specification.synthesis;
    const pool = await this.pool();
    const teacher = await this.teacher();
    await this.opinion();
    const inputs = { pool: pool.artifact, teacher: teacher.artifact };
    const id = await processedId(specification, inputs, { steps, rho: rho[setting]!, fakes });
    return { id, set: selectLabelled(dataset.train, []) } as unknown as ProcessedFakes;
  }

  override async others(): Promise<AddedImages> {
    const { id } = await askAboutOthers(this.#planned, () => this.teacher());
    return { id, set: selectLabelled(this.dataset.train, []) };
  }

  override async bound(): Promise<MeasuredBound> {
    const processed = await this.processed();
    const judge = await this.judge();
    const isClassifier = this.dataset.train.task.kind === "classification";
    const features = isClassifier
      ? featuresOf(this.#planned, judge, "standardized")
      : await this.features();
    await measuredTerms(this.#planned, { processed, features, judge });
    return undefined as unknown as MeasuredBound;
  }
}
