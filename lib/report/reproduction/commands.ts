/** The commands that run the cells of a table, as a reader can copy them. */
import { matches } from "../paper/rows.ts";
import { groupRows } from "../vega/rows.ts";
import type { ReproductionRow } from "./rows.ts";

/** What `deno task run` knows at one preset and setting. */
export interface RunnableSetting {
  readonly preset: string;
  readonly setting: string;
  /** As `--cells` takes them. */
  readonly cells: readonly string[];
  /** Teachers of methods that have one. */
  readonly teachers: readonly { readonly network: string; readonly width: number }[];
}

/** An experiment whose runs stand beside published values. */
export interface ReproductionSource {
  /** For command lines: "cifar10". */
  readonly experiment: string;
  /** As the paper names it: "CIFAR-10". */
  readonly dataset: string;
  readonly settings: readonly RunnableSetting[];
  /** Where presets leave the paper, by preset. */
  readonly deviations: Readonly<Record<string, readonly string[]>>;
}

/** Presets to run what has a dash at, the cheaper one first. */
const PRESETS_TO_RUN = ["desk", "paper"];
const TEACHERLESS = new Set(["NOKD", "cGAN-KD"]);

/** What the rows of one table can be run by. */
export interface Commands {
  /** A command for each preset, with a cell of these rows in it. */
  readonly lines: readonly { readonly command: string; readonly cells: readonly string[] }[];
  /** Cells that no preset has. */
  readonly unknown: readonly string[];
}

/**
 * Commands for rows of one setting and teacher, one a preset: that of the row's run, else the first that has the cell.
 *
 * @param source Absent where no experiment of ours has the data set.
 */
export function commandsOf(
  rows: readonly ReproductionRow[],
  source: ReproductionSource | undefined,
): Commands {
  const placed = rows.map((row) => ({ row, place: placeOf(row, source) }));
  const groups = groupRows(
    placed.flatMap(({ row, place }) => place === undefined ? [] : [{ row, place }]),
    ({ place }) => place.preset,
  );
  return {
    lines: [...groups.values()].map((group) => {
      const { place } = group[0]!;
      // A cell with a teacher shows how to name it.
      const example = group.find(({ row }) => !TEACHERLESS.has(row.published.method)) ?? group[0]!;
      const { published, cell } = example.row;
      const teacher = place.teachers.find(({ network }) =>
        matches({ teacher: network }, { teacher: published.teacher })
      );
      const names = !TEACHERLESS.has(published.method) && place.teachers.length > 1
        ? ` 'teachers=${JSON.stringify([teacher])}'`
        : "";
      return {
        command: `deno task run ${source!.experiment} --preset ${place.preset} ` +
          `--setting ${place.setting} --cells "${cell}"${names}`,
        cells: group.map(({ row }) => row.cell),
      };
    }),
    unknown: placed.flatMap(({ row, place }) => place === undefined ? [row.cell] : []),
  };
}

function placeOf(
  { published, cell, ours }: ReproductionRow,
  source: ReproductionSource | undefined,
): RunnableSetting | undefined {
  // A run of an earlier version of its preset may be of a cell that it has no more.
  const presets = ours === undefined ? PRESETS_TO_RUN : [ours.preset, ...PRESETS_TO_RUN];
  const places = presets.flatMap((preset) =>
    source?.settings.find((one) => one.preset === preset && one.setting === published.setting) ?? []
  );
  return places.find(({ cells, teachers }) =>
    cells.includes(cell) &&
    (TEACHERLESS.has(published.method) ||
      teachers.some(({ network }) => matches({ teacher: network }, { teacher: published.teacher })))
  );
}
