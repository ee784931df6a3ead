/** Times contenders in turn, so that what slows the machine for a while slows all of them. */
import type { Contender } from "./works/work.ts";

/** Everyone who takes part in a row. */
export interface Contenders {
  readonly ours: Contender;
  readonly eager?: Contender;
  readonly compile?: Contender;
  /** Work that ours is a share of. */
  readonly reference?: Contender;
  /** A matrix product of known size; its rate is what the machine gives at that moment. */
  readonly matmul?: Contender;
}

/** How long to measure. */
export interface MeasureOptions {
  /** Repetitions of each contender; fewer, yet at least 3, when `budgetMs` is spent. */
  readonly repeat: number;
  readonly budgetMs: number;
  /** A repetition is as many steps as last this long, after one that is not counted; default: 500. */
  readonly repetitionMs?: number;
  /** Milliseconds on a clock; replaced by tests. */
  readonly now?: () => number;
  /**
   * Processors' worth of time that other processes took since the last call; undefined where that cannot
   * be known.
   */
  readonly others?: () => number | undefined;
  /** Processor time in seconds that a contender has taken so far, waiting left out. */
  readonly processorTime?: (name: keyof Contenders) => number | undefined;
}

/** Milliseconds of one step of each contender. */
export type Repetition = Readonly<Record<keyof Contenders, number | undefined>> & {
  /** Processors' worth of time that other processes took meanwhile. */
  readonly others?: number;
  /** Milliseconds of processor time of one step, over all threads. */
  readonly processor?: Readonly<Partial<Record<keyof Contenders, number>>>;
};

/** All that was seen. */
export interface Measurement {
  /** Those that count: the undisturbed ones where they suffice. */
  readonly repetitions: readonly Repetition[];
  /** Milliseconds of the first step of `compile`, which compiles. */
  readonly compilationMs?: number;
}

/** Fewer say nothing about scatter. */
const LEAST_REPETITIONS = 3;
/** Processors' worth of other work from which a repetition counts as disturbed. */
export const DISTURBED = 0.25;
/** Steps from this length on are warmed up by only one. */
const LONG_MS = 4000;
/** Steps of a warm-up. */
const WARM_UP = 3;
/** Disturbed repetitions are made up for until there are this many times the wanted ones. */
const MOST = 2;

/**
 * Warms every contender up, then times them in turn: ours, eager, compile, matrix product, ours, ...
 * Repetitions that other processes disturbed are made up for and thrown away, as long as at least three
 * others are left.
 */
export async function measure(
  contenders: Contenders,
  options: MeasureOptions,
): Promise<Measurement> {
  const { repeat, budgetMs, repetitionMs = 500, now = () => performance.now() } = options;
  const list = Object.entries(contenders).filter((
    entry,
  ): entry is [keyof Contenders, Contender] => entry[1] !== undefined);
  const steps: Record<string, number> = {};
  const isLong: Record<string, boolean> = {};
  let compilationMs: number | undefined;
  for (const [name, contender] of list) {
    const first = await contender.run(1);
    if (name === "compile") compilationMs = first;
    isLong[name] = first > LONG_MS && name !== "compile";
    // The steps after the first find pages and threads ready, and the last says how many make a repetition. What takes
    // seconds hardly gains from it.
    let last = first;
    for (let i = 1; i < WARM_UP && !isLong[name]; i++) last = await contender.run(1);
    steps[name] = Math.min(1000, Math.max(1, Math.ceil(repetitionMs / Math.max(last, 0.01))));
  }
  const all: Repetition[] = [];
  const start = now();
  options.others?.();
  for (;;) {
    const quiet = all.filter(isQuiet).length;
    if (quiet >= repeat || all.length >= MOST * repeat) break;
    if (all.length >= LEAST_REPETITIONS && now() - start > budgetMs) break;
    const times: Partial<Record<keyof Contenders, number>> = {};
    const processor: Partial<Record<keyof Contenders, number>> = {};
    for (const [name, contender] of list) {
      const count = steps[name]!;
      // Finds its data in the caches of the one before, and its threads asleep.
      if (!isLong[name]) await contender.run(1);
      const before = options.processorTime?.(name);
      times[name] = await contender.run(count) / count;
      const after = options.processorTime?.(name);
      if (before !== undefined && after !== undefined) {
        processor[name] = 1000 * (after - before) / count;
      }
    }
    all.push({ ...times, processor, others: options.others?.() } as Repetition);
  }
  const quiet = all.filter(isQuiet);
  return { repetitions: quiet.length >= LEAST_REPETITIONS ? quiet : all, compilationMs };
}

function isQuiet({ others }: Repetition): boolean {
  return others === undefined || others < DISTURBED;
}
