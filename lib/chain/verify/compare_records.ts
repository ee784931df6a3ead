/** A record beside one that was made of the same cell again: whether they agree, and what explains it if not. */
import type { RunRecord } from "../../base/disk/records.ts";

/** Something that two records say differently. */
export interface Difference {
  /** For instance "processor features". */
  readonly what: string;
  readonly recorded: string;
  readonly here: string;
}

/** What came of training a recorded student again. */
export interface Verification {
  /** Both results are equal to the last bit. */
  readonly agrees: boolean;
  /** In result, in what was trained, and in where; first what explains most. */
  readonly differences: readonly Difference[];
  /** All of it in lines. */
  readonly text: string;
}

const UNKNOWN = "not recorded";

/** What two records are compared by, from cause to circumstance. */
function linesOf(record: RunRecord): [string, string | undefined][] {
  const { data, specification, recipe, stages, backend, versions, circumstances } = record;
  return [
    ["images (checksum)", `${data.name}, ${data.checksum}`],
    ["specification", specification],
    ["recipe of the student", recipe],
    ...["teacher", "gan", "fakes", "student"].map((name): [string, string | undefined] => [
      `name of the ${name === "gan" ? "cGAN" : name}`,
      stages[name] ?? "none",
    ]),
    ["backend", `${backend.name} on ${backend.device}`],
    [backend.name === "native" ? "TensorFlow" : "backend's version", backend.version],
    ["processor's instructions", circumstances?.features.join(" ")],
    ["processor", circumstances?.processor],
    ["kernels of lib/native/cpu", circumstances?.kernels],
    ["threads", circumstances?.threads],
    ["V8", versions.v8],
    ["Deno", versions.deno],
    ["TensorFlow.js", versions.tfjs],
    ["revision of the code", record.revision],
  ];
}

/** Compares a record with another of the same cell. */
export function compareRecords(recorded: RunRecord, here: RunRecord): Verification {
  const resultOf = ({ value, failure, unit }: RunRecord) =>
    value === undefined ? `failed: ${failure}` : `${value} ${unit}`;
  const agrees = recorded.value === here.value && recorded.failure === here.failure;
  const ours = new Map(linesOf(here));
  const differences = linesOf(recorded).flatMap(([what, value]): Difference[] => {
    const other = ours.get(what);
    if (value === other) return [];
    return [{ what, recorded: value ?? UNKNOWN, here: other ?? UNKNOWN }];
  });
  const lines = differences.map(({ what, recorded, here }) =>
    `  ${what}: ${recorded}; here ${here}`
  );
  const verdict = agrees
    ? `The same to the bit: ${resultOf(recorded)}`
    : `Not the same: recorded ${resultOf(recorded)}; here ${resultOf(here)}`;
  const head = differences.length === 0
    ? agrees ? "all that a record holds is the same" : "nothing that a record holds explains it"
    : agrees
    ? "although these differ"
    : "these differ and may explain it, the first ones most";
  return { agrees, differences, text: [`${verdict}; ${head}`, ...lines].join("\n") };
}
