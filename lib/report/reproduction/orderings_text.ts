/** Counts of orderings as Markdown. */
import { groupRows } from "../vega/rows.ts";
import { EQUAL_STEPS, GAINS } from "./claims.ts";
import { unitOfDifferences } from "../words.ts";
import { DASH, details, markdownTable, plusMinus, signed } from "./markdown.ts";
import type { OrderingCount } from "./orderings.ts";

/** What a reader must know of a claim. */
const NOTES: Readonly<Record<string, string>> = {
  [EQUAL_STEPS]:
    "In the paper a student with fakes takes more steps than one without; this control takes as many. Where a preset " +
    "gives all students equal steps there is none: the claim before this one is then of equal steps.",
};

/** The section: a table of counts a claim, and every pair of ours that was tested. */
export function orderingsText(orderings: readonly OrderingCount[]): string {
  const claims = groupRows(orderings, ({ claim }) => claim);
  return [
    "## Orderings",
    [
      "- **paper says so**: of the paper's pairs, those that the claim holds of.",
      "- **tested**: pairs of ours whose cells share a seed at one preset; the best such preset is taken.",
      "- **ours say so**: of these, those that the claim holds of in the mean of differences seed by seed.",
      "- **as in the paper**: of these, those in the same order as the paper's two values.",
      "- **sure**: of these, those whose 95 % interval of that mean leaves zero out, for and against the claim. It needs " +
      "two seeds. Nothing is corrected for the number of pairs: of twenty without any effect one would be sure.",
    ].join("\n"),
    ...[...claims].map(([claim, counts]) => claimText(claim, counts)),
  ].join("\n\n");
}

function claimText(claim: string, counts: readonly OrderingCount[]): string {
  const title = `### ${claim}`;
  const note = NOTES[claim];
  const tested = counts.flatMap((count) => count.tested);
  const table = markdownTable(
    [
      "where",
      "paper says so",
      "tested",
      "ours say so",
      "as in the paper",
      "sure: for",
      "sure: against",
    ],
    counts.map((count) => {
      const paper = count.paperPairs === undefined
        ? DASH
        : `${count.paperHolds} of ${count.paperPairs}`;
      if (count.tested.length === 0) {
        return [
          count.source,
          paper,
          "not run",
          ...new Array<string>(4).fill(DASH),
        ];
      }
      return [
        count.source,
        paper,
        String(count.tested.length),
        String(count.holds),
        count.agree === undefined ? DASH : String(count.agree),
        String(count.sureFor),
        String(count.sureAgainst),
      ];
    }),
  );
  const head = [title, ...(note === undefined ? [] : [note]), table];
  if (tested.length === 0) return head.join("\n\n");
  const pairs = markdownTable(
    ["pair", "preset", "paper", "ours", "95 %", "n"],
    tested.map(({ statement, preset, paper, mean, halfWidth, seeds, unit }) => [
      statement.pair,
      preset,
      signed(paper),
      `${signed(mean)} ${unitOfDifferences(unit)}`,
      plusMinus(halfWidth),
      String(seeds),
    ]),
    2,
  );
  const meaning = GAINS.includes(claim)
    ? "The gain with more data less the gain with less data: negative where the claim holds."
    : "The error on the left less that on the right: negative where the claim holds.";
  const body = `${meaning}\n\n${pairs}`;
  return [...head, details(`The tested pairs (${tested.length})`, body)].join("\n\n");
}
