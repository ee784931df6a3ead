/** The type of an experiment: its specification in the paper, and the presets that change it. */
import { checkArgument } from "../../base/check_argument.ts";
import { checkOptions } from "../../base/options/check_options.ts";
import { didYouMean } from "../../base/options/did_you_mean.ts";
import { isPlainObject } from "../../base/options/options.ts";
import { DIFFUSIONS } from "../../registry.ts";
import { change, checkSettingNames } from "./changes.ts";
import { type Preset, PRESETS } from "./preset_names.ts";
import type { GanSpecification } from "./gan_schema.ts";
import { SPECIFICATION, type Specification } from "./schema.ts";
import { checkStandIn } from "./stand_in.ts";
import { ofExperiment, withFamily } from "./with_family.ts";

export type * from "./schema.ts";

export { type Preset, PRESETS } from "./preset_names.ts";

/** Part of a specification, at any depth; lists are replaced as a whole. */
export type Override<T> = T extends readonly unknown[] ? T
  : T extends object ? { readonly [K in keyof T]?: Override<T[K]> }
  : T;

/** What a rule may know of a data set: all of its training images, whatever a run takes of them. */
export interface DataFacts {
  /** Training images. */
  readonly images: number;
  /** Classes, or scalar labels that fakes are drawn for. */
  readonly labels: number;
  /** Height and width of the images. */
  readonly size: number;
  /** Whether labels are amounts. */
  readonly isScalar: boolean;
}

/** Values by dotted path that belong together. */
export type RuledChanges = Readonly<Record<string, unknown>>;

/** An experiment of the paper with its presets. */
export interface Experiment {
  /** For command lines and folders. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Table and figures of the paper. */
  readonly paperTables: readonly string[];
  /** What students are measured by. */
  readonly metric: { readonly name: string; readonly title: string; readonly unit: string };
  /** The paper's own numbers. */
  readonly paper: Specification;
  /** What each preset changes of the paper's numbers. */
  readonly presets: Readonly<Record<Exclude<Preset, "paper">, Override<Specification>>>;
  /** What a preset changes further for one of its settings, such as epochs over fewer images. */
  readonly bySetting?: Readonly<
    Partial<Record<Preset, Readonly<Record<string, Override<Specification>>>>>
  >;
  /**
   * What a preset whose own generator is a diffusion model changes of the paper's GAN, for those who ask for a GAN by
   * `gan.family`; the paper's own numbers without.
   */
  readonly gans?: Readonly<Partial<Record<Preset, Override<GanSpecification>>>>;
  /**
   * What follows from the images once they are known, for an experiment on images of somebody's own. A group of values
   * counts where no path of it was changed; other data sets in the place of the own one, such as toys, take none.
   */
  readonly byRule?: (specification: Specification, facts: DataFacts) => readonly RuledChanges[];
  /** It repeats nothing of the paper, so it has no preset "paper". */
  readonly isDemonstration?: boolean;
  /** Differences from the paper that a reader of the figures must know, by preset. */
  readonly deviations: Readonly<Record<Preset, readonly string[]>>;
}

/**
 * The specification of a preset, with changes on top, checked against the schema.
 *
 * @param changes Dotted paths, and JSON values or bare words, such as {"gan.steps.C-10K": "5000"}.
 * @param setting Takes what the preset changes for it, below the changes.
 * @throws {RangeError} An unknown preset, setting or path, or a value out of its range; names what is known or wanted.
 * @throws {TypeError} A value of another kind than is wanted.
 */
export function resolve(
  experiment: Experiment,
  preset: string,
  changes: Readonly<Record<string, string>> = {},
  setting?: string,
): Specification {
  checkArgument("resolve()", experiment, {
    want: "an experiment, such as cifar10",
    fits: (value) => "presets" in value,
  });
  if (!(PRESETS as readonly string[]).includes(preset)) {
    const known = PRESETS.map((name) => `"${name}"`).join(", ");
    throw new RangeError(
      `Cannot find preset "${preset}": known names are ${known}${didYouMean(preset, PRESETS)}`,
    );
  }
  if (preset === "paper" && experiment.isDemonstration) {
    throw new RangeError(
      `Cannot run "${experiment.name}" at preset "paper": it is a demonstration and repeats nothing of the ` +
        "paper, want another preset",
    );
  }
  const override = preset === "paper" ? {} : experiment.presets[preset as "quick"];
  const further = setting && experiment.bySetting?.[preset as Preset]?.[setting];
  const plain = merge(merge(experiment.paper, override), further || {});
  const base = checkOptions(SPECIFICATION, plain);
  // First, since what else is changed may be an option of that kind of generator only.
  const family = changes["gan.family"];
  const start = family === undefined ? base : withFamily(base, family, {
    preset: preset as Preset,
    gan: merge(experiment.paper.gan, experiment.gans?.[preset as Preset]) as GanSpecification,
  });
  const changed = Object.entries(changes).reduce(
    (result, [path, text]) => change(result, path, text) as Specification,
    start,
  );
  const { dataset: own } = experiment.paper;
  checkStandIn(changes, { preset, own, chosen: changed.dataset });
  const specification = changed === base ? base : checkOptions(SPECIFICATION, changed, base);
  if (changed !== base) {
    checkSettingNames(specification, [
      experiment.paper,
      ...Object.values(experiment.presets).map((one) => merge(experiment.paper, one)),
    ] as Specification[]);
  }
  const { settings } = specification;
  if (setting !== undefined && !settings.includes(setting)) {
    throw new RangeError(
      `Cannot run setting "${setting}" at preset "${preset}": known settings are ` +
        settings.map((name) => `"${name}"`).join(", ") + didYouMean(setting, settings),
    );
  }
  return specification;
}

function merge(base: unknown, override: unknown): unknown {
  if (override === undefined) return base;
  if (!isPlainObject(base) || !isPlainObject(override)) return override;
  // Options of one data set mean nothing to another.
  if (override.name !== undefined && override.name !== base.name) return override;
  const merged: Record<string, unknown> = { ...startOf(base, override) };
  for (const [key, value] of Object.entries(override)) merged[key] = merge(base[key], value);
  return merged;
}

/** What an override changes: of a generator of another kind only what all kinds have in an experiment. */
function startOf(
  base: Record<string, unknown>,
  override: Record<string, unknown>,
): Record<string, unknown> {
  if (override.family === undefined || isDiffusion(override) === isDiffusion(base)) return base;
  return ofExperiment(base as { readonly steps: unknown });
}

function isDiffusion({ family }: Record<string, unknown>): boolean {
  return Object.hasOwn(DIFFUSIONS, String(family));
}
