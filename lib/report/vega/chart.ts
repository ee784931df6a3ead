/** A chart: its specification, its text, and the bundle for notebooks. */
import { checkArgument, checkText } from "../../base/check_argument.ts";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import {
  type Displayable,
  escapeMarkup,
  guardedBundle,
  JUPYTER_DISPLAY,
  type MimeBundle,
} from "../display.ts";
import { onlySeen } from "./interaction.ts";
import { renderPNG } from "./png.ts";
import { renderSVG } from "./render.ts";
import { THEME } from "./theme.ts";

/** MIME type and schema are those of Vega-Lite 5, the newest that VS Code and JupyterLab register. */
const VEGA_LITE_MIME = "application/vnd.vegalite.v5+json";
const VEGA_LITE_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json";

/** Words that every chart takes. */
export interface ChartTitles {
  /** What the chart says. */
  readonly title?: string;
  /** What it was drawn from; a line each. */
  readonly subtitle?: string | readonly string[];
  /** What is to be seen in this very chart, in a sentence or two computed from its data; shown below it. */
  readonly finding?: string;
}

/** The same by name, for the check of a chart's options. */
export const TITLES: Readonly<Record<keyof ChartTitles, true>> = {
  title: true,
  subtitle: true,
  finding: true,
};

/** The caller's words, or a title of the chart's own. */
export function headOf(titles: ChartTitles, ownTitle: string): ChartTitles & { title: string } {
  const { title = ownTitle, subtitle, finding } = titles;
  return {
    title,
    ...(subtitle === undefined ? {} : { subtitle }),
    ...(finding === undefined ? {} : { finding }),
  };
}

/** Pixels of a title's letter, about. */
const LETTER = 8;

/** Texts one after the other, each with a stop at its end. */
export function sentences(texts: readonly string[]): string {
  return texts.map((text) => /[.!?]$/.test(text) ? text : `${text}.`).join(" ");
}

/** A title that is longer than its chart is wide, in two lines: an SVG ends where the chart does, and would cut it. */
function fittingLines(title: string, width: unknown): string | string[] {
  if (typeof width !== "number" || title.length * LETTER <= width) return title;
  const most = Math.floor(width / LETTER);
  const comma = title.lastIndexOf(", ", most);
  const at = comma > 0 ? comma + 1 : title.lastIndexOf(" ", most);
  return at <= 0 ? title : [title.slice(0, at), title.slice(at + 1)];
}

/** The parts of a {@link Chart}. */
export interface ChartParts extends ChartTitles {
  /** What the chart says. */
  readonly title: string;
  /** The chart itself, without schema, title and theme. */
  readonly body: Record<string, unknown>;
  /** What a reader without graphics gets, one fact a line. */
  readonly facts?: readonly string[];
}

/**
 * A Vega-Lite chart: plain JSON that can be tested, shown by `show` and kept as SVG.
 *
 * The specification uses what Vega-Lite 5 and 6 share, so that editors (5) and the SVG (6) agree.
 */
export class Chart implements Displayable {
  /** What the chart says. */
  readonly title: string;
  /** The complete Vega-Lite specification with inline data. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** The figures of the chart in words, for terminals and readers of text. */
  readonly facts: readonly string[];
  /** What is to be seen in this very chart; {@link show} shows it below. */
  readonly finding: string | undefined;
  #svg: Promise<string> | undefined;

  /** Draws nothing yet. */
  constructor(parts: ChartParts) {
    this.title = parts.title;
    this.facts = parts.facts ?? [];
    this.finding = parts.finding;
    const text = fittingLines(parts.title, parts.body.width);
    const title = parts.subtitle === undefined ? { text } : { text, subtitle: parts.subtitle };
    this.spec = {
      $schema: VEGA_LITE_SCHEMA,
      // Read aloud in place of the picture.
      description: this.alternative,
      title,
      ...parts.body,
      config: THEME,
    };
  }

  /** What stands for the picture where it cannot be seen: its title, what is to be seen in it, and its figures. */
  get alternative(): string {
    return sentences([this.title, ...(this.finding ? [this.finding] : []), ...this.facts]);
  }

  /** The chart as an SVG document. */
  toSVG(): Promise<string> {
    this.#svg ??= renderSVG(onlySeen(this.spec)).then((svg) =>
      svg.replace("<svg ", () => `<svg role="img" aria-label="${escapeMarkup(this.alternative)}" `)
    );
    return this.#svg;
  }

  /** Title and facts, one per line. */
  toText(): string {
    return [`[chart] ${this.title}`, ...this.facts.map((fact) => `  ${fact}`)].join("\n");
  }

  async bundle(): Promise<MimeBundle> {
    return {
      [VEGA_LITE_MIME]: this.spec,
      "image/svg+xml": await this.toSVG(),
      "text/plain": this.toText(),
    };
  }

  /** The same for a cell that ends in the value. */
  [JUPYTER_DISPLAY](): Promise<MimeBundle> {
    return guardedBundle(() => this.bundle());
  }
}

/**
 * Writes a chart as SVG or, for papers and slides, as PNG with three pixels for each of the SVG; missing folders are made.
 *
 * @param chart The chart.
 * @param path The file to write, by convention `results/<experiment>/<name>.svg` or `.png`.
 * @throws {RangeError} The file ends in neither.
 */
export async function saveChart(chart: Chart, path: string): Promise<void> {
  checkArgument("saveChart()", chart, {
    want: "a chart, as a figure gives it",
    fits: (value) => value instanceof Chart,
  });
  checkText("saveChart()", path, 'a file, such as "results/curves.svg"');
  const isPNG = path.endsWith(".png");
  if (!isPNG && !path.endsWith(".svg")) {
    throw new RangeError(
      `Cannot save a chart as "${path}": want a file that ends in .svg or .png`,
    );
  }
  const svg = await chart.toSVG();
  const content = isPNG ? await renderPNG(svg) : svg;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}
