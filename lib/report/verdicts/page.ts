/** Verdicts beside what happened, as a Markdown page. */
import { DASH, markdownTable, plusMinus, signed } from "../reproduction/markdown.ts";
import { counted, unitOfDifferences } from "../words.ts";
import { boundSign, countRule, expectedSign, type RuleCount, type VerdictRow } from "./rows.ts";

/** The command that writes the page. */
const REPORT_COMMAND = "deno task results --report";

/** The whole page, with a line end. */
export function verdictsPage(rows: readonly VerdictRow[]): string {
  const equal = rows.filter(({ hasEqualSteps }) => hasEqualSteps);
  const judged = equal.filter(({ expected }) => expected !== undefined);
  const open = rows.filter(({ hasEqualSteps }) => !hasEqualSteps);
  return [
    "# Verdicts on fakes, and what happened",
    `Made by \`${REPORT_COMMAND}\` from the records in \`results/*/records\` and \`results/*/fakes\`; not to be edited ` +
    "by hand.",
    summary(equal, judged),
    rulesTable(judged),
    guide(),
    ...section("At equal steps", "Students without fakes took as many steps.", equal),
    ...section(
      "More steps with fakes",
      "Students with fakes took more steps, and none without fakes took as many: what of the difference is the fakes' is " +
        "open, and no verdict is judged by it.",
      open,
    ),
  ].join("\n\n") + "\n";
}

function generatorsOf(rows: readonly VerdictRow[]): string {
  return counted(new Set(rows.map(({ generator }) => generator)).size, "generator");
}

function summary(equal: readonly VerdictRow[], judged: readonly VerdictRow[]): string {
  if (equal.length === 0) return "No student with fakes was run beside one without at equal steps.";
  const sure = equal.filter(isSure);
  const single = equal.filter(({ seeds }) => seeds === 1);
  const missing = equal.length - judged.length;
  const { answers, right } = countRule(judged, expectedSign);
  const answered = judged.filter((row) => expectedSign(row) !== 0);
  const missed = judged.filter((row) => isSure(row) && expectedSign(row) === 0).length;
  return [
    `${counted(equal.length, "comparison")} at equal steps, with the fakes of ${
      generatorsOf(equal)
    }; ${single.length} of them ${
      single.length === 1 ? "has" : "have"
    } one seed, and ${sure.length} ${sure.length === 1 ? "is" : "are"} beyond chance.`,
    ...(missing === 0 ? [] : [
      `Of the fakes of ${missing} nothing is on record, so no verdict can be given.`,
    ]),
    answers === 0
      ? `Of the ${
        counted(judged.length, "comparison")
      } with a record the verdict answers none: it cannot tell.`
      : `The verdict answers ${answers} of ${judged.length}, on fakes of ${
        generatorsOf(answered)
      }, and is right in ${right}${
        answers === judged.length ? "" : "; of the others it cannot tell"
      }.`,
    ...(answers === judged.length
      ? []
      : [`${missed === 0 ? "None" : missed} of these ${missed < 2 ? "is" : "are"} beyond chance.`]),
    "Comparisons of one generator are not independent of each other, and so few prove no rule.",
  ].join(" ");
}

function isSure({ mean, halfWidth = Infinity }: VerdictRow): boolean {
  return Math.abs(mean) > halfWidth;
}

function rulesTable(judged: readonly VerdictRow[]): string {
  const rules: [string, RuleCount][] = [
    ["the verdict", countRule(judged, expectedSign)],
    ["the bound's sign", countRule(judged, boundSign)],
    ['always "fakes hurt"', countRule(judged, () => 1)],
    ['always "fakes help"', countRule(judged, () => -1)],
  ];
  return markdownTable(
    ["rule", "answers", "right", "share", "answers beyond chance", "right"],
    rules.map(([name, { answers, right, sure, sureRight }]) => [
      name,
      `${answers} of ${judged.length}`,
      String(right),
      answers === 0 ? DASH : `${Math.round(100 * right / answers)} %`,
      String(sure),
      String(sureRight),
    ]),
  );
}

function guide(): string {
  return [
    "- **verdict**: what the rule in `lib/bound/verdict.ts` gives for what was measured on the fakes before a student was " +
    "trained on them.",
    "- **the bound's sign**: the rule before, that of the bound's change where it is the same at both ends.",
    "- **bound**: what these fakes change in the error bound, at the least and at the most; losses from 0 to 1, so 0.01 is " +
    "one point of an error rate, or a hundredth of the label scale.",
    "- **happened**: test error with fakes less without, mean of differences seed by seed; below 0 is a gain.",
    "- **95 %**: half the width of Student's interval of that mean; one seed has none. Beyond chance is what leaves zero out.",
    "- **right**: whether verdict and difference have the same sign, also where that may be chance.",
  ].join("\n");
}

function section(title: string, what: string, rows: readonly VerdictRow[]): string[] {
  if (rows.length === 0) return [];
  return [
    `## ${title}`,
    what,
    markdownTable(
      ["data", "preset", "student", "method", "verdict", "right", "bound", "happened", "95 %", "n"],
      rows.map((row) => [
        `${row.dataset}, ${row.setting}`,
        [row.preset, ...Object.entries(row.changes).map(([path, value]) => `${path}=${value}`)]
          .join(" "),
        row.student,
        row.method,
        verdictText(row),
        row.hasEqualSteps ? rightText(row) : DASH,
        changeText(row),
        `${signed(row.mean)} ${unitOfDifferences(row.unit)}`,
        plusMinus(row.halfWidth),
        String(row.seeds),
      ]),
      6,
    ),
  ];
}

function verdictText({ expected }: VerdictRow): string {
  if (expected === undefined) return "not on record";
  return { help: "help", hurt: "hurt", unclear: "cannot tell" }[expected.expectation];
}

function rightText(row: VerdictRow): string {
  const sign = expectedSign(row);
  if (sign === 0) return DASH;
  const word = Math.sign(row.mean) === sign ? "yes" : "no";
  return isSure(row) ? word : `${word}, may be chance`;
}

function changeText({ expected }: VerdictRow): string {
  if (expected === undefined) return DASH;
  const { low, high } = expected.change;
  const text = (value: number) =>
    `${value < 0 ? "−" : "+"}${Number(Math.abs(value).toPrecision(2))}`;
  return `${text(low)} to ${text(high)}`;
}
