/** One row of the benchmark: medians of what was measured. */
import { type Contenders, DISTURBED, type Measurement } from "./measure.ts";
import { median, medianOfRatios, relativeSpread } from "./statistics.ts";

/** Names and units as in `--json`. */
export interface Row {
  readonly work: string;
  readonly group: string;
  /** Milliseconds of one step. */
  readonly ours_ms: number;
  readonly eager_ms?: number;
  readonly compile_ms?: number;
  /** Ours / PyTorch eager; below 1 we are faster. */
  readonly ratio_eager?: number;
  readonly ratio_compile?: number;
  /**
   * The same of processor time over all threads. Where it is below the ratio of times, our threads idle
   * more than the peer's. Threads of the peer wait busily, so it is in doubt too where `others` is high,
   * unless they were told to sleep.
   */
  readonly ratio_eager_cpu?: number;
  readonly ratio_compile_cpu?: number;
  /** The most that a process of its own held, in millions of bytes; such a row has no other ratio. */
  readonly ours_peak_mb?: number;
  readonly eager_peak_mb?: number;
  readonly ratio_peak?: number;
  /** Threads of the peer slept while they waited: processor times compare beside other work too. */
  readonly sleepy?: true;
  /** Our operations per second over those of a large matrix product. */
  readonly share_of_matmul?: number;
  /** Ours / the work that it serves, which `reference` names. */
  readonly share_of_reference?: number;
  /** The same of processor time over all threads; both run in our process. */
  readonly share_of_reference_cpu?: number;
  readonly reference?: string;
  readonly images_per_s?: number;
  /** Billions of floating-point operations of a step. */
  readonly gflop?: number;
  /** Rate of the matrix product meanwhile, billions of operations per second. */
  readonly matmul_gflops?: number;
  /** Seconds of the first step of `torch.compile`. */
  readonly compilation_s?: number;
  /** Of the code, where it is not that of the run the row is stored in. */
  readonly revision?: string;
  readonly repetitions: number;
  /** Half the distance of the quartiles of ours, relative to the median. */
  readonly spread: number;
  /** Processors' worth of time that other processes took meanwhile. */
  readonly others?: number;
}

/** What a row is about. */
export interface RowWork {
  readonly work: string;
  readonly group: string;
  /** Floating-point operations of a step of ours. */
  readonly flops?: number;
  readonly images?: number;
  readonly reference?: string;
  /** Floating-point operations of the matrix product. */
  readonly matmulFlops: number;
  readonly sleepy?: boolean;
}

/**
 * Medians over the repetitions; ratios are taken within each repetition first.
 *
 * @throws {RangeError} There are no repetitions.
 */
export function rowOf(about: RowWork, { repetitions, compilationMs }: Measurement): Row {
  const { work, group, flops, images, reference, matmulFlops, sleepy } = about;
  const timesOf = (name: keyof Contenders): number[] | undefined => {
    const times = repetitions.flatMap((repetition) => repetition[name] ?? []);
    return times.length === 0 ? undefined : times;
  };
  const [ours = [], eager, compile, matmul, served] = [
    timesOf("ours"),
    timesOf("eager"),
    timesOf("compile"),
    timesOf("matmul"),
    timesOf("reference"),
  ];
  // Sums: the system counts processor time in steps of 10 ms.
  const processorOf = (name: keyof Contenders) =>
    repetitions.reduce((sum, { processor }) => sum + (processor?.[name] ?? NaN), 0);
  const processorOver = (name: keyof Contenders) => {
    const ratio = processorOf("ours") / processorOf(name);
    return Number.isFinite(ratio) ? ratio : undefined;
  };
  const over = (theirs: number[] | undefined) => theirs && medianOfRatios(ours, theirs);
  const share = flops === undefined || matmul === undefined
    ? undefined
    : medianOfRatios(matmul, ours) * flops / matmulFlops;
  const others = repetitions.flatMap((repetition) => repetition.others ?? []);
  const milliseconds = median(ours);
  const row: Row = {
    work,
    group,
    ours_ms: milliseconds,
    eager_ms: eager && median(eager),
    compile_ms: compile && median(compile),
    ratio_eager: over(eager),
    ratio_compile: over(compile),
    ratio_eager_cpu: processorOver("eager"),
    ratio_compile_cpu: processorOver("compile"),
    sleepy: sleepy === true ? true : undefined,
    share_of_matmul: share,
    share_of_reference: over(served),
    share_of_reference_cpu: served && processorOver("reference"),
    reference,
    images_per_s: images === undefined ? undefined : images / milliseconds * 1000,
    gflop: flops === undefined ? undefined : flops / 1e9,
    matmul_gflops: matmul && matmulFlops / median(matmul) / 1e6,
    compilation_s: compilationMs === undefined ? undefined : compilationMs / 1000,
    repetitions: ours.length,
    spread: relativeSpread(ours),
    others: others.length === 0 ? undefined : median(others),
  };
  return rounded(row);
}

/** Whether other processes took so much that the row's figures are in doubt. */
export function isDisturbed({ others }: Pick<Row, "others">): boolean {
  return others !== undefined && others >= DISTURBED;
}

/** Four significant digits say more than a timing can; keys without a value are left out. */
function rounded(row: Row): Row {
  const entries = Object.entries(row).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key,
      typeof value === "number" ? Number(value.toPrecision(4)) : value,
    ]),
  ) as unknown as Row;
}
