/** What a run does, and where it leaves the paper. */
import { listOptions } from "../base/options/option_list.ts";
import { isPlainObject } from "../base/options/options.ts";
import { checkRun } from "../chain/check_run.ts";
import type { ExperimentRun } from "../chain/run.ts";
import { distillerOf } from "../chain/stages/student_choice.ts";
import { diffusionDeviations } from "../experiments/presets/diffusion.ts";
import { changesOfOtherSettings } from "../experiments/specification/other_settings.ts";
import { isGan } from "../experiments/specification/gan_schema.ts";
import { SPECIFICATION } from "../experiments/specification/schema.ts";
import { DataTable } from "../report/tables.ts";

/** The specification as a table: dotted names, values, and what each option does. */
export function specificationTable(run: ExperimentRun): DataTable {
  checkRun("figures.specificationTable()", run);
  return DataTable.of({
    title: `${run.experiment.title}, preset ${run.preset}, setting ${run.context.setting}`,
    columns: [
      { key: "option", title: "option" },
      { key: "value", title: "value" },
      { key: "what", title: "what it does" },
    ],
    rows: listOptions(SPECIFICATION, run.specification)
      // What is in an object has rows of its own.
      .filter(({ value }) => value !== undefined && !isPlainObject(value))
      .map(({ path, value, what }) => ({
        option: path,
        value: typeof value === "string" ? value : JSON.stringify(value),
        what,
      })),
  });
}

/**
 * Differences from the paper, one per row: those of the preset and of its methods, and what this run changed. What it
 * was given for another setting is named below.
 */
export function deviationsTable(run: ExperimentRun): DataTable {
  checkRun("figures.deviationsTable()", run);
  const { specification, setting } = run.context;
  const others = changesOfOtherSettings(specification, setting, run.changes);
  const isOther = (path: string) => others.some((other) => other.path === path);
  return DataTable.of({
    title: "Differences from the paper at this preset",
    columns: [{ key: "difference", title: "difference" }],
    rows: [
      ...run.experiment.deviations[run.preset],
      ...isGan(run.specification.gan) ? [] : diffusionDeviations(run.specification.gan),
      ...new Set(
        run.specification.distillers.flatMap((chosen) =>
          distillerOf(run.specification, chosen).distiller.deviations ?? []
        ),
      ),
      ...Object.entries(run.changes).filter(([path]) => !isOther(path)).map(([path, value]) =>
        `Changed by hand, whatever the lines above say: ${path} = ${value}`
      ),
    ].map((difference) => ({ difference })),
    notes: others.map(({ path, here, value }) =>
      `${path} was given and changes nothing: the setting is "${setting}", for which ${here} = ${value} counts.`
    ),
  });
}
