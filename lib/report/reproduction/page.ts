/** The reproduction report as Markdown, from rows and counts. */
import { DIFFERENCE_NOTES } from "../paper/comparable.ts";
import { publishedUnit } from "../paper/published.ts";
import { groupRows } from "../vega/rows.ts";
import { counted, listed, unitOfDifferences } from "../words.ts";
import { commandsOf, type ReproductionSource } from "./commands.ts";
import type { OrderingCount } from "./orderings.ts";
import { orderingsText } from "./orderings_text.ts";
import { anchorOf, DASH, details, markdownTable, number, plusMinus, signed } from "./markdown.ts";
import type { Refusal, ReproductionRow } from "./rows.ts";

/** What the page is made from. */
export interface Reproduction {
  readonly rows: readonly ReproductionRow[];
  readonly orderings: readonly OrderingCount[];
  readonly sources: readonly ReproductionSource[];
  /** Runs that are in no row since they change their preset: "rc49, desk: gan.steps.R-5=10000". */
  readonly changed: readonly string[];
  /** Files that could not be read as records. */
  readonly skipped: readonly string[];
}

/** The command that writes the page. */
const REPORT_COMMAND = "deno task results --report";

const REFUSAL_NOTES: Readonly<Record<Refusal, string>> = {
  ...DIFFERENCE_NOTES,
  metric: "Ours is another metric than the paper's. No difference is taken.",
};

/** The whole page, with a line end. */
export function reproductionPage(parts: Reproduction): string {
  const tables = [...groupRows(parts.rows, ({ published }) => published.table)];
  return [
    "# Reproduction report",
    `Made by \`${REPORT_COMMAND}\` from the records in \`results/*/records\`; not to be edited by hand.`,
    summary(tables),
    guide(),
    ...tables.map(([table, rows]) => tableText(table, rows, parts.sources)),
    orderingsText(parts.orderings),
    ...deviationsText(parts),
    ...listText(
      "Runs in no row",
      "They change their preset in what their student is trained by or on; the order of components uses those that " +
        "change only the steps of the processing.",
      parts.changed,
    ),
    ...listText("Skipped files", "Not readable as records.", parts.skipped),
  ].join("\n\n") + "\n";
}

function titleOf(table: string, rows: readonly ReproductionRow[]): string {
  const { dataset, metric } = rows[0]!.published;
  const unit = publishedUnit(metric);
  const what = unit === "percent" ? "test error rate in percent" : `mean absolute error in ${unit}`;
  return `Table ${table}: ${dataset}, ${what}`;
}

function summary(tables: readonly (readonly [string, readonly ReproductionRow[]])[]): string {
  const lines = tables.map(([table, rows]) => {
    const title = titleOf(table, rows);
    return [`[${title}](#${anchorOf(title)})`, ...countsOf(rows)];
  });
  const all = tables.flatMap(([, rows]) => rows);
  return markdownTable(
    ["table", "published values", "ours at desk", "at quick", "at paper", "not run"],
    [...lines, ["all", ...countsOf(all)]],
  ) + "\n\nThen: [orderings](#orderings).";
}

function countsOf(rows: readonly ReproductionRow[]): string[] {
  const at = (preset: string) => rows.filter(({ ours }) => ours?.preset === preset).length;
  const missing = rows.filter(({ ours }) => ours === undefined).length;
  return [rows.length, at("desk"), at("quick"), at("paper"), missing].map(String);
}

function guide(): string {
  return [
    "- **cell**: as `--cells` takes it; the command above a table runs one of its cells, any other takes its place.",
    "- **paper**: one run of the authors at their own scale, without repetitions.",
    "- **ours**: mean over seeds of one recipe at the best preset with a result (paper, desk, quick; never smoke).",
    "- **95 %**: half the width of Student's interval of that mean, from two seeds on.",
    "- **difference**: ours less the paper's; it holds the smaller networks and shorter trainings of the preset too. None " +
    "where images, protocol or metric are others.",
    "- **n**: seeds. A dash is what nobody ran.",
    "- Within Table 1, NOKD and cGAN-KD have no teacher and are repeated. The NOKD of Tables 1 to 3 are of three training " +
    "codes of the authors; ours is one, beside each of them.",
  ].join("\n");
}

function tableText(
  table: string,
  rows: readonly ReproductionRow[],
  sources: readonly ReproductionSource[],
): string {
  const source = sources.find(({ dataset }) => dataset === rows[0]!.published.dataset);
  const groups = groupRows(rows, ({ published: { setting, teacher } }) => `${setting}|${teacher}`);
  const isRun = rows.some(({ ours, failed }) => ours !== undefined || failed > 0);
  const parts = [...groups.values()].map((group) => {
    const { setting, teacher, teacherMetric } = group[0]!.published;
    const own = teacherMetric === undefined ? "" : ` (its own: ${number(teacherMetric)})`;
    const title = `${setting}, teacher ${teacher}${own}`;
    const body = groupText(group, source);
    const isGroupRun = group.some(({ ours, failed }) => ours !== undefined || failed > 0);
    if (isRun && !isGroupRun) return details(`${title}: not run`, body);
    return `### Table ${table}, ${title}\n\n${body}`;
  });
  const body = parts.join("\n\n");
  return [
    `## ${titleOf(table, rows)}`,
    differenceText(rows),
    isRun ? body : details(`${counted(rows.length, "value")}, none of them run`, body),
  ].join("\n\n");
}

function differenceText(rows: readonly ReproductionRow[]): string {
  const run = rows.filter(({ ours }) => ours !== undefined);
  if (run.length === 0) return "Not run, so there is no difference.";
  const refused = [...new Set(run.flatMap(({ refused }) => refused ?? []))];
  const taken = run.filter(({ difference }) => difference !== undefined);
  const lines = refused.map((reason) => REFUSAL_NOTES[reason]);
  if (taken.length > 0) {
    const presets = [...new Set(taken.map(({ ours }) => ours!.preset))].map((one) => `"${one}"`);
    const isOne = presets.length === 1;
    lines.push(
      `Same images and metric; the difference is in ${
        unitOfDifferences(taken[0]!.ours!.unit)
      }, at ` +
        `${isOne ? "preset" : "presets"} ${listed(presets)}, which ${isOne ? "leaves" : "leave"} ` +
        "[the paper](#where-presets-leave-the-paper) in sizes and lengths.",
    );
  }
  return lines.join(" ");
}

function groupText(
  rows: readonly ReproductionRow[],
  source: ReproductionSource | undefined,
): string {
  const { lines, unknown } = commandsOf(rows, source);
  const commands = lines.map(({ command, cells }) => {
    const isAll = cells.length === rows.length;
    return isAll ? command : `# ${namesOf(cells, rows)}\n${command}`;
  });
  const table = markdownTable(
    ["cell", "paper", "ours", "95 %", "difference", "n", "preset"],
    rows.map(({ cell, published, ours, difference, failed }) => [
      cell,
      number(published.value),
      ours === undefined ? (failed > 0 ? `failed (${failed})` : DASH) : number(ours.mean),
      plusMinus(ours?.halfWidth),
      signed(difference),
      ours === undefined ? DASH : String(ours.seeds),
      ours?.preset ?? DASH,
    ]),
    1,
  );
  return [
    ...(commands.length === 0 ? [] : ["```sh\n" + commands.join("\n") + "\n```"]),
    ...(unknown.length === 0 ? [] : [`No preset has ${namesOf(unknown, rows)}.`]),
    table,
  ].join("\n\n");
}

/** Some cells of a table in few words: whole methods, else whole students, else each. */
function namesOf(cells: readonly string[], rows: readonly ReproductionRow[]): string {
  const wanted = new Set(cells);
  for (const key of ["method", "student"] as const) {
    const groups = [...groupRows(rows, ({ published }) => published[key])];
    const whole = groups.filter(([, group]) => group.every(({ cell }) => wanted.has(cell)));
    if (whole.flatMap(([, group]) => group).length < cells.length) continue;
    const names = listed(whole.map(([name]) => name));
    return key === "method" ? `${names} of every student` : `${names} by every method`;
  }
  return cells.join("; ");
}

function deviationsText({ rows, sources }: Reproduction): string[] {
  const used = new Set(
    rows.flatMap(({ published, ours }) =>
      ours === undefined || ours.preset === "paper" ? [] : [`${published.dataset}|${ours.preset}`]
    ),
  );
  const parts = sources.flatMap(({ dataset, deviations }) =>
    Object.entries(deviations).filter(([preset]) => used.has(`${dataset}|${preset}`)).map((
      [preset, lines],
    ) => details(`${dataset} at preset ${preset}`, lines.map((line) => `- ${line}`).join("\n")))
  );
  return parts.length === 0 ? [] : ["## Where presets leave the paper", ...parts];
}

function listText(title: string, why: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return [`## ${title}`, why, lines.map((line) => `- \`${line}\``).join("\n")];
}
