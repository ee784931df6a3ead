/** The command line of `deno task bench`. */
import { parseTask } from "../cli/arguments.ts";
import { UsageError } from "../cli/main.ts";

const USAGE =
  "deno task bench [--peer] [--peer-python PROGRAM] [--no-compile] [--full] [--only PATTERN] " +
  "[--repeat N] [--busy] [--device cpu|gpu] [--json] [--markdown] [--save FILE] [--compare FILE] [--profile] " +
  "[--list] | --growth [--at-most IMAGES] | --stages EXPERIMENT [--preset NAME]";

/** What to measure and what to do with it. */
export interface BenchOptions {
  /** Run the same work in PyTorch. */
  readonly peer: boolean;
  /** A Python that has PyTorch, instead of an environment of our own. */
  readonly peerPython?: string;
  /** Measure `torch.compile` too; a first compilation takes minutes per network. */
  readonly compile: boolean;
  /** Rows outside of the default set as well. */
  readonly full: boolean;
  /** Rows whose name matches, of the default set or not. */
  readonly only?: RegExp;
  readonly repeat: number;
  /**
   * The machine does other work meanwhile: PyTorch's threads sleep while they wait for each other, so that
   * processor times compare.
   */
  readonly busy: boolean;
  readonly device?: "cpu" | "gpu";
  readonly json: boolean;
  /** Tables for a README. */
  readonly markdown: boolean;
  /** Rows of the same machine that are in the file already stay, unless they were measured again. */
  readonly save?: string;
  readonly compare?: string;
  /** Print where the time of one step of ours goes instead of measuring. */
  readonly profile: boolean;
  /** Print only the names of the rows. */
  readonly list: boolean;
  /** Measure how time and memory grow with the number of images instead. */
  readonly growth: boolean;
  /** Largest set of `growth`. */
  readonly atMost?: number;
  /** Print what the stages of this experiment took, as stored results tell, instead of measuring. */
  readonly stages?: string;
  /** Preset of `stages`. */
  readonly preset: string;
}

/**
 * Takes the command line apart.
 *
 * @throws {UsageError} An unknown option or a value that cannot be used.
 */
export function parseBench(args: readonly string[]): BenchOptions {
  const task = parseTask(args, {
    usage: USAGE,
    options: {
      peer: { type: "boolean" },
      "peer-python": { type: "string" },
      "no-compile": { type: "boolean" },
      full: { type: "boolean" },
      only: { type: "string" },
      repeat: { type: "string", default: "9" },
      busy: { type: "boolean" },
      device: { type: "string" },
      json: { type: "boolean" },
      markdown: { type: "boolean" },
      save: { type: "string" },
      compare: { type: "string" },
      profile: { type: "boolean" },
      list: { type: "boolean" },
      growth: { type: "boolean" },
      "at-most": { type: "string" },
      stages: { type: "string" },
      preset: { type: "string", default: "quick" },
    },
  });
  const surplus = [...task.words, ...Object.keys(task.changes)][0];
  if (surplus !== undefined) fail(`Cannot use "${surplus}": want only options`);
  const values = task.values as Record<string, string | undefined> & Record<string, boolean>;
  const repeat = Number(values.repeat);
  if (!Number.isInteger(repeat) || repeat < 3) {
    fail(`Cannot use --repeat ${values.repeat}: want an integer of at least 3`);
  }
  const device = values.device as string | undefined;
  if (device !== undefined && device !== "cpu" && device !== "gpu") {
    fail(`Cannot use --device ${device}: known devices are "cpu", "gpu"`);
  }
  const atMost = values["at-most"] === undefined ? undefined : Number(values["at-most"]);
  if (atMost !== undefined && !(atMost >= 1)) {
    fail(`Cannot use --at-most ${values["at-most"]}: want a number of images`);
  }
  return {
    peer: values.peer === true || values["peer-python"] !== undefined,
    peerPython: values["peer-python"],
    compile: values["no-compile"] !== true,
    full: values.full === true,
    only: values.only === undefined ? undefined : patternOf(values.only),
    repeat,
    busy: values.busy === true,
    device: device as BenchOptions["device"],
    json: values.json === true,
    markdown: values.markdown === true,
    save: values.save,
    compare: values.compare,
    profile: values.profile === true,
    list: values.list === true,
    growth: values.growth === true,
    atMost,
    stages: values.stages,
    preset: values.preset!,
  };
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text, "i");
  } catch {
    return fail(`Cannot use --only ${text}: want a regular expression or a part of a name`);
  }
}

function fail(message: string): never {
  throw new UsageError(`${message}\nUsage: ${USAGE}`);
}
