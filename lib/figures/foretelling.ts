/** Measures of generators beside what their fakes were worth. */
import { checkSweep } from "../ablations/check_sweep.ts";
import { foretelling } from "../ablations/foretelling.ts";
import type { Sweep } from "../ablations/sweep.ts";
import { type Chart, measurePanels } from "../report/all_charts.ts";
import { unitOfDifferences } from "../report/words.ts";

/**
 * A panel for each measure, the one that foretells the gain best first: change of the error against the measure, with
 * Kendall's tau-b and its interval.
 *
 * @throws {RangeError} Fewer than three points were measured.
 */
export function foretellingFigure(sweep: Sweep): Chart {
  checkSweep("figures.foretellingFigure()", sweep);
  const { experiment: { metric }, dataset, setting, preset } = sweep;
  const all = foretelling(sweep);
  const unit = unitOfDifferences(metric.unit);
  const students = new Set(all.flatMap(({ pairs }) => pairs.map(({ student }) => student)));
  return measurePanels(
    all.flatMap(({ measure, pairs }) =>
      pairs.map(({ label, student, x, change }) => ({
        measure,
        x,
        change,
        // Labels begin with the family of the generator.
        series: students.size > 1 ? `${label.split(",")[0]}, ${student}` : label.split(",")[0]!,
        label,
      }))
    ),
    {
      title: `What foretells the gain: ${dataset}, ${setting}, preset "${preset}"`,
      subtitle: "Below 0 is a gain. tau-b: 1 where better by the measure is always a greater gain.",
      yTitle: `change of error (${unit})`,
      notes: Object.fromEntries(
        all.map(({ measure, tau: { value, low, high } }) => [
          measure,
          `tau-b ${value.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`,
        ]),
      ),
    },
  );
}
