/** How a generator was trained: the balance of a GAN or the loss of a diffusion model, and whether samples show their labels. */
import { checkList, checkOptionNames } from "../../base/check_argument.ts";
import { Chart, type ChartTitles, headOf, TITLES } from "../vega/chart.ts";
import { ruleAt } from "../vega/encodings.ts";
import { checkRows } from "../vega/rows.ts";
import { CHART_HEIGHT } from "../vega/theme.ts";
import { judgedPanel, type JudgedRow, lossPanel } from "./gan_panels.ts";
import type { CurveRow } from "./training_curves.ts";

/** The state of a generator at one step; losses are averages since the row before. */
export interface GanCurveRow extends JudgedRow {
  /** All that D is trained by: hinge loss, and the auxiliary classifier's where there is one. */
  readonly discriminatorLoss?: number;
  /** All that G is trained by: hinge loss, and whatever of the losses below it has. */
  readonly generatorLoss?: number;
  /** Weighted squared error of a diffusion model's network. */
  readonly loss?: number;
  /** Hinge loss of D; default: its whole loss without the parts below. */
  readonly discriminatorHinge?: number;
  /** Of G, likewise. */
  readonly generatorHinge?: number;
  /** Cross-entropy of the auxiliary classifier on real images, unweighted. */
  readonly discriminatorClassLoss?: number;
  /** Of the auxiliary classifier on fakes. */
  readonly generatorClassLoss?: number;
  /** Of a frozen network that has to see the label. */
  readonly guideLoss?: number;
  /** How far fakes of one label are from differing as real images do. */
  readonly diversityLoss?: number;
}

/** Weights of the losses beside the hinge loss. */
export interface GanLossWeights {
  /** Of the auxiliary classifier in D's loss. */
  readonly discriminatorClassLoss: number;
  /** Of the auxiliary classifier in G's loss. */
  readonly generatorClassLoss: number;
  /** Of the guide. */
  readonly guideLoss: number;
  /** Of the diversity. */
  readonly diversityLoss: number;
}

/** Titles of {@link ganCurves}. */
export interface GanCurveOptions extends ChartTitles {
  /** Smoothing of the losses as in {@link CurveOptions}; 0.9. */
  readonly smoothing?: number;
  /** Of the losses beside the hinge loss; all 1 without. */
  readonly weights?: GanLossWeights;
  /** Steps at which the losses change, each marked by a rule: "the guide sets in". */
  readonly marks?: readonly { readonly step: number; readonly label: string }[];
  /** Number of classes, to mark the agreement of pure chance. */
  readonly classes?: number;
  /** Unit of scalar labels, for the axis of the label error. */
  readonly unit?: string;
}

type Part = keyof GanLossWeights;

/** Losses beside the hinge loss, as legends name them. */
const PART_TITLES: Readonly<Record<Part, string>> = {
  discriminatorClassLoss: "classifier, in D's loss",
  generatorClassLoss: "classifier, in G's loss",
  guideLoss: "guide",
  diversityLoss: "diversity",
};

const PLAIN_WEIGHTS: GanLossWeights = {
  discriminatorClassLoss: 1,
  generatorClassLoss: 1,
  guideLoss: 1,
  diversityLoss: 1,
};

/**
 * A generator's losses over its steps in panels. Of a GAN: the hinge losses of the two players, whose balance is the
 * game, and what else their losses ask for, as weighted. Of a diffusion model: the error of its denoiser. Of both: what
 * a judge saw in the samples, that is the share whose label a classifier confirms, or how far from their label a
 * regressor puts them. Panels without rows are left out.
 *
 * @throws RangeError if there is nothing to draw.
 */
export function ganCurves(rows: readonly GanCurveRow[], options: GanCurveOptions = {}): Chart {
  checkList("ganCurves()", rows, "a list of rows");
  checkOptionNames("ganCurves()", options, {
    known: { ...TITLES, smoothing: true, weights: true, marks: true, classes: true, unit: true },
    example: "{ classes: 10 }",
  });
  checkRows(rows, "GAN curves");
  const { weights = PLAIN_WEIGHTS, smoothing = 0.9 } = options;
  const last = rows.at(-1)!.step;
  const isGan = rows.every(({ loss }) => loss === undefined);
  const xTitle = isGan ? "generator step" : "training step";
  const shared = { smoothing, last, xTitle };
  const denoiser = lossPanel(rows.flatMap(({ step, loss }) => pick("denoiser", step, loss)), {
    ...shared,
    name: "denoiser",
    colours: ["denoiser"],
    yTitle: "weighted squared error",
    // It falls by a factor of ten within a tenth of the training, and slowly from there on.
    axis: "log",
    height: 180,
  });
  const hinge = lossPanel(hingeRows(rows, weights), {
    ...shared,
    name: "hinge",
    colours: ["discriminator", "generator"],
    yTitle: "hinge loss",
    axis: "free",
    height: 180,
  });
  const others = lossPanel(partRows(rows, weights), {
    ...shared,
    name: "others",
    colours: Object.values(PART_TITLES),
    yTitle: "weight × loss",
    axis: "from zero",
    height: 130,
  });
  const judged = judgedPanel(rows, { ...options, xTitle });
  const panels = [hinge, denoiser, others, judged].filter((panel) => panel !== undefined);
  const marks = (options.marks ?? []).filter(({ step }) => step > 0 && step < last);
  const marked = panels.map(({ body, layer }, index) => ({
    ...body,
    layer: [
      ...layer,
      ...marks.map(({ step, label }) => ruleAt(step, "x", index === 0 ? label : "")),
    ],
  }));
  const scales = { color: "independent", strokeDash: "independent" };
  return new Chart({
    ...headOf(options, "GAN training"),
    body: marked.length === 1 ? { ...marked[0]!, height: CHART_HEIGHT } : {
      vconcat: marked,
      spacing: 16,
      resolve: { scale: scales, legend: scales },
    },
    facts: [
      ...panels.flatMap(({ facts }) => facts),
      ...marks.map(({ step, label }) => `${label} at step ${step.toLocaleString("en-US")}`),
    ],
  });
}

/** Hinge losses: as logged, or what is left of the whole loss without its other parts. */
function hingeRows(rows: readonly GanCurveRow[], weights: GanLossWeights): CurveRow[] {
  const rest = (row: GanCurveRow, whole: number | undefined, parts: readonly Part[]) =>
    whole && parts.reduce((left, part) => left - weights[part] * (row[part] ?? 0), whole);
  return rows.flatMap((row) => {
    const forD = row.discriminatorHinge ??
      rest(row, row.discriminatorLoss, ["discriminatorClassLoss"]);
    const forG = row.generatorHinge ??
      rest(row, row.generatorLoss, ["generatorClassLoss", "guideLoss", "diversityLoss"]);
    return [...pick("discriminator", row.step, forD), ...pick("generator", row.step, forG)];
  });
}

/** What is added to the hinge losses. */
function partRows(rows: readonly GanCurveRow[], weights: GanLossWeights): CurveRow[] {
  const parts = Object.entries(PART_TITLES) as [Part, string][];
  return rows.flatMap((row) =>
    parts.flatMap(([part, title]) =>
      row[part] === undefined ? [] : pick(title, row.step, weights[part] * row[part])
    )
  );
}

function pick(series: string, step: number, value: number | undefined): CurveRow[] {
  return value === undefined ? [] : [{ series, step, value }];
}
