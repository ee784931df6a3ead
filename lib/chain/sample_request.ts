/** What somebody asks of a generator: labels in their own words, checked before anything is opened. */
import { checkInteger } from "../base/check.ts";
import { checkOptionNames, shown } from "../base/check_argument.ts";
import type { Task } from "../base/contracts.ts";
import { didYouMean } from "../base/options/did_you_mean.ts";
import { type Rng, rngOf } from "../base/rng.ts";
import { shortLabel } from "../base/short_label.ts";
import type { ProcessingStep } from "../experiments/specification/schema.ts";
import type { Context } from "./stages/context.ts";

/** Which images to draw. */
export interface SampleRequest {
  /** A class by its name or number, or a scalar label in the data set's unit; or several of them. */
  readonly label: string | number | readonly (string | number)[];
  /** Images of each label; default: 64. */
  readonly count?: number;
  /** Of the latents; default: 0. Another seed gives other images. */
  readonly seed?: number;
  /**
   * Subsampled, filtered and relabelled as the specification says for the students' fakes, each label by itself.
   * Default: false, as the generator draws them.
   */
  readonly processed?: boolean;
}

/** Images at most: a request that holds them in memory. */
const MOST = 100_000;

/**
 * Throws unless a call was given a request.
 *
 * @param call As it is written in a cell, such as "run.sample()".
 * @throws {TypeError} Something else, or a label that is neither name nor number.
 * @throws {RangeError} An option that is not known.
 */
export function checkRequest(call: string, request: SampleRequest): void {
  checkOptionNames(call, request, {
    known: { label: true, count: true, seed: true, processed: true },
    example: "{ label: 3 }",
  });
  for (const label of [request.label].flat()) {
    if (typeof label === "string" || typeof label === "number") continue;
    throw new TypeError(
      `Cannot call ${call}: found ${shown(label)} as label, want a class by its name or number, ` +
        "a scalar label, or a list of them",
    );
  }
}

/** A request in the units of the data set, and what follows from it. */
export interface Asked {
  readonly labels: readonly number[];
  /** Images of each label. */
  readonly count: number;
  /** Images of each label before the filter. */
  readonly perLabel: number;
  /** Of the processing; none for images as the generator draws them. */
  readonly steps: readonly ProcessingStep[];
  /** Share that the filter keeps. */
  readonly rho: number;
  readonly rng: Rng;
}

/**
 * Reads a request.
 *
 * @throws {RangeError} A label is not a class or out of range, or a count is; names what is wanted.
 */
export function askedOf(
  { dataset: { train: { task } }, specification: { synthesis }, setting }: Context,
  { label, count = 64, seed = 0, processed = false }: SampleRequest,
): Asked {
  const labels = [label].flat().map((one) => labelOf(task, one));
  if (labels.length === 0) throw new RangeError("Cannot draw images: found no label, want one");
  checkInteger(count, "count");
  if (count * labels.length > MOST) {
    throw new RangeError(
      `Cannot draw ${
        count * labels.length
      } images at once: want at most ${MOST}; ask several times with other seeds`,
    );
  }
  const steps = processed ? synthesis.steps : [];
  const rho = steps.includes("filter") ? synthesis.rho[setting]! : 1;
  // One more than ρ asks for, as the filter may round down.
  const perLabel = rho < 1 ? Math.ceil(count / rho) + 1 : count;
  return { labels, count, perLabel, steps, rho, rng: rngOf(seed, "sample", setting) };
}

/**
 * A label as the data set counts it.
 *
 * @throws {RangeError} No class has this name or number, or the number is out of the labels' range.
 */
export function labelOf(task: Task, label: string | number): number {
  const number = typeof label === "number" ? label : label.trim() === "" ? NaN : Number(label);
  if (task.kind === "classification") {
    const named = task.classNames.indexOf(String(label));
    if (named >= 0) return named;
    if (Number.isInteger(number) && number >= 0 && number < task.classes) return number;
    const names = task.classNames;
    const known = names.length <= 20 ? names.join(", ") : `${names.slice(0, 20).join(", ")}, ...`;
    throw new RangeError(
      `Cannot draw images of "${label}": want a class by its number in [0, ${
        task.classes - 1
      }] or its name (${known})` +
        didYouMean(String(label), names),
    );
  }
  // Ends as float32 keeps them: 0.1 lies within them as it is written.
  const kept = Math.fround(number);
  const [least, most] = [Math.fround(task.minimum), Math.fround(task.maximum)];
  if (Number.isFinite(number) && kept >= least && kept <= most) return number;
  throw new RangeError(
    `Cannot draw images of label ${label}: want a number from ${shortLabel(task.minimum)} to ${
      shortLabel(task.maximum)
    } ${task.unit}`,
  );
}
