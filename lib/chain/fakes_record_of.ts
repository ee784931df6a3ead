/** The record of the fakes of a run: what its verdict rests on. */
import { codeRevision } from "../base/disk/records.ts";
import type { FakesRecord } from "../bound/fakes_record.ts";
import type { Verdict } from "../bound/verdict.ts";
import type { Experiment, Preset } from "../experiments/specification/experiment.ts";
import type { Chain } from "./chain.ts";
import { PROJECT, settingTitle } from "./student_record.ts";

/** The record of a verdict's evidence; its names are those in the records of students with these fakes. */
export async function fakesRecordOf(
  run: Pick<Chain, "context" | "gan" | "processed"> & {
    readonly experiment: Experiment;
    readonly preset: Preset;
  },
  { evidence }: Verdict,
): Promise<FakesRecord> {
  const { experiment, preset, context: { specification, dataset, setting } } = run;
  return {
    experiment: experiment.name,
    preset,
    dataset: dataset.name,
    setting: settingTitle(specification, setting),
    stages: { fakes: (await run.processed()).id, gan: (await run.gan()).artifact.id },
    evidence,
    revision: await codeRevision(PROJECT),
    time: new Date().toISOString(),
  };
}
