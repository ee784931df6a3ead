/** Times contenders in turn, so that what slows the machine for a while slows all of them. */
import { median, medianOfRatios, relativeSpread } from "./statistics.ts";
import type { Contender } from "./work.ts";

/** Everyone who does the same work, and the machine's own measure. */
export interface Contenders {
  readonly ours: Contender;
  readonly eager?: Contender;
  readonly compile?: Contender;
  /** A matrix product of known size; its rate is what the machine gives at that moment. */
  readonly matmul?: { readonly contender: Contender; readonly flops: number };
}

/** How long to measure. */
export interface MeasureOptions {
  /** Repetitions of each contender; fewer, yet at least 3, when `budgetMs` is spent. */
  readonly repeat: number;
  readonly budgetMs: number;
  /** A repetition is as many steps as last this long. */
  readonly repetitionMs?: number;
  readonly now?: () => number;
  readonly onRepetition?: (done: number) => void;
}

/** Milliseconds of one step in each repetition, by contender. */
export interface Samples {
  readonly ours: readonly number[];
  readonly eager?: readonly number[];
  readonly compile?: readonly number[];
  /** Rate of the matrix product in each repetition, in operations per millisecond. */
  readonly matmulRate?: readonly number[];
  /** Milliseconds of the first step of `compile`, the compilation. */
  readonly compilationMs?: number;
}

const LEAST_REPETITIONS = 3;

/**
 * Warms every contender up, then times them in turn: ours, eager, compile, matrix product, ours, ...
 */
export async function measure(contenders: Contenders, options: MeasureOptions): Promise<Samples> {
  const { repeat, budgetMs, repetitionMs = 200, now = () => performance.now() } = options;
  const list = Object.entries({
    ours: contenders.ours,
    eager: contenders.eager,
    compile: contenders.compile,
    matmul: contenders.matmul?.contender,
  }).filter((entry): entry is [string, Contender] => entry[1] !== undefined);
  const times: Record<string, number[]> = {};
  const steps: Record<string, number> = {};
  let compilationMs: number | undefined;
  for (const [name, contender] of list) {
    const first = await contender.run(1);
    if (name === "compile") compilationMs = first;
    // The second step finds caches, pages and threads ready, and says how many make a repetition.
    const second = await contender.run(1);
    steps[name] = Math.min(1000, Math.max(1, Math.ceil(repetitionMs / Math.max(second, 0.01))));
    times[name] = [];
  }
  const start = now();
  for (let done = 0; done < repeat; done++) {
    if (done >= LEAST_REPETITIONS && now() - start > budgetMs) break;
    for (const [name, contender] of list) {
      times[name]!.push(await contender.run(steps[name]!) / steps[name]!);
    }
    options.onRepetition?.(done + 1);
  }
  const { matmul } = contenders;
  return {
    ours: times.ours!,
    eager: times.eager,
    compile: times.compile,
    matmulRate: matmul && times.matmul!.map((ms) => matmul.flops / ms),
    compilationMs,
  };
}

/** One row of the table; names as in `--json`. */
export interface Row {
  readonly work: string;
  readonly group: string;
  readonly ours_ms: number;
  readonly eager_ms?: number;
  readonly compile_ms?: number;
  /** Ours / eager; below 1 we are faster. */
  readonly ratio_eager?: number;
  readonly ratio_compile?: number;
  /** Operations a second of ours over those of a large matrix product. */
  readonly share_of_matmul?: number;
  readonly images_per_s?: number;
  /** Billions of floating-point operations a step. */
  readonly gflop?: number;
  /** Rate of the matrix product while this row was measured. */
  readonly matmul_gflops?: number;
  readonly compilation_s?: number;
  readonly repetitions: number;
  /** Half the distance of the quartiles of ours, relative to the median. */
  readonly spread: number;
  readonly note?: string;
}

/** Medians of a work's samples. */
export function rowOf(
  { work, group, flops, images, note }: {
    work: string;
    group: string;
    flops?: number;
    images?: number;
    note?: string;
  },
  samples: Samples,
): Row {
  const { ours, eager, compile, matmulRate, compilationMs } = samples;
  const share = flops === undefined || matmulRate === undefined
    ? undefined
    : medianOfRatios(ours.map((ms) => flops / ms), matmulRate);
  const milliseconds = median(ours);
  return {
    work,
    group,
    ours_ms: milliseconds,
    eager_ms: eager && median(eager),
    compile_ms: compile && median(compile),
    ratio_eager: eager && medianOfRatios(ours, eager),
    ratio_compile: compile && medianOfRatios(ours, compile),
    share_of_matmul: share,
    images_per_s: images === undefined ? undefined : images / milliseconds * 1000,
    gflop: flops === undefined ? undefined : flops / 1e9,
    matmul_gflops: matmulRate && median(matmulRate) / 1e6,
    compilation_s: compilationMs === undefined ? undefined : compilationMs / 1000,
    repetitions: ours.length,
    spread: relativeSpread(ours),
    note,
  };
}
