/** Draws Vega-Lite specifications as SVG, without a browser. */
import type { TopLevelSpec } from "vega-lite";

/**
 * Draws a Vega-Lite specification as SVG.
 *
 * @param spec A complete specification.
 * @param options `onWarning` receives what the compiler or the renderer complains about; `theme` is merged in below
 *   the specification's own configuration, as an editor's theme is.
 */
export async function renderSVG(
  spec: Readonly<Record<string, unknown>>,
  options: {
    onWarning?: (text: string) => void;
    theme?: Readonly<Record<string, unknown>>;
  } = {},
): Promise<string> {
  const { onWarning = () => {}, theme = {} } = options;
  // Loaded late: the two take half a second that a run without charts should not wait for.
  const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  const metrics = (vega as unknown as { textMetrics: { width: TextWidth } }).textMetrics;
  metrics.width = textWidth;
  const logger = {
    level: () => logger,
    error: (...words: readonly unknown[]) => (onWarning(words.join(" ")), logger),
    warn: (...words: readonly unknown[]) => (onWarning(words.join(" ")), logger),
    info: () => logger,
    debug: () => logger,
  };
  const compiled =
    compile(spec as unknown as TopLevelSpec, { logger: logger as never, config: theme })
      .spec;
  const view = new vega.View(vega.parse(compiled), { renderer: "none" });
  view.logger(logger as never);
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

type TextWidth = (item: { fontSize?: number; limit?: number }, text: unknown) => number;

/**
 * Width of a text in pixels. Vega's own guess without a canvas, 0.8 em a character, leaves wide gaps
 * in legends; these four classes follow DejaVu Sans, the widest of the theme's fonts, so that no label
 * is cut off where the others are missing.
 */
const textWidth: TextWidth = (item, text) => {
  let ems = 0;
  for (const character of String(text ?? "")) {
    if ("ijlIft.,:;'|!()[]-/ ".includes(character)) ems += 0.37;
    else if ("mwMW%@—".includes(character)) ems += 0.95;
    else if (character >= "A" && character <= "Z") ems += 0.72;
    else ems += 0.62;
  }
  return ems * (item.fontSize ?? 11);
};
