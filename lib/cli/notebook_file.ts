/** Notebook files: parameters put in, figures taken out, missing outputs found. */

/** One output of a code cell. */
export interface NotebookOutput {
  readonly output_type: string;
  readonly data?: Readonly<Record<string, string | readonly string[] | object>>;
}

/** One cell. */
export interface NotebookCell {
  readonly cell_type: "code" | "markdown" | "raw";
  readonly id?: string;
  readonly source: string | readonly string[];
  readonly metadata: {
    readonly tags?: readonly string[];
    /** When nbclient saw the cell begin and end, ISO 8601. */
    readonly execution?: Readonly<Record<string, string>>;
    readonly [key: string]: unknown;
  };
  readonly outputs?: readonly NotebookOutput[];
  readonly execution_count?: number | null;
}

/** A notebook of format 4. */
export interface Notebook {
  readonly cells: readonly NotebookCell[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly nbformat: number;
  readonly nbformat_minor: number;
}

/** What a parameter cell of the notebooks declares. */
export interface NotebookParameters {
  readonly preset: string;
  /** Default: the first of the preset. */
  readonly setting?: string;
  readonly fresh: boolean;
  /** Dotted paths of the specification and JSON values. */
  readonly changes: Readonly<Record<string, string>>;
}

/** Tag of the cell that declares the parameters. */
const PARAMETERS_TAG = "parameters";
/** A cell with the tag `expects:image/svg+xml` must have an output of that MIME type. */
const EXPECTS_PREFIX = "expects:";

/**
 * Reads a notebook.
 *
 * @throws {SyntaxError} The text is not a notebook of format 4.
 */
export function parseNotebook(text: string, path: string): Notebook {
  const refuse = (why: string) => new SyntaxError(`Cannot read notebook "${path}": ${why}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse((error as Error).message);
  }
  if (!isObject(value)) throw refuse(`found ${wordOf(value)}, want a notebook`);
  if (!Array.isArray(value.cells) || value.nbformat !== 4) {
    throw refuse(`found format ${wordOf(value.nbformat)}, want cells of format 4`);
  }
  for (const [index, cell] of value.cells.entries()) {
    const fault = faultOf(cell);
    if (fault !== undefined) throw refuse(`found ${fault} in cell ${index + 1}`);
  }
  return value as unknown as Notebook;
}

/** What a cell lacks; written by hand, since tasks read notebooks before any package is there. */
function faultOf(cell: unknown): string | undefined {
  if (!isObject(cell)) return `${wordOf(cell)} in place of a cell`;
  const { cell_type, source, metadata, outputs = [] } = cell;
  if (!["code", "markdown", "raw"].includes(cell_type as string)) {
    return `the type ${wordOf(cell_type)}`;
  }
  const isText = typeof source === "string" ||
    (Array.isArray(source) && source.every((line) => typeof line === "string"));
  if (!isText) return `the source ${wordOf(source)}`;
  if (!isObject(metadata)) return `the metadata ${wordOf(metadata)}`;
  const { tags = [], execution = {} } = metadata;
  if (!Array.isArray(tags)) return `the tags ${wordOf(tags)}`;
  if (!isObject(execution)) return `the times ${wordOf(execution)}`;
  const hasOutputs = Array.isArray(outputs) &&
    outputs.every((output) => isObject(output) && isObject(output.data ?? {}));
  return hasOutputs ? undefined : `the outputs ${wordOf(outputs)}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function wordOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isObject(value)) return "an object";
  return JSON.stringify(value) ?? "nothing";
}

/** The text of a cell. */
function sourceOf({ source }: NotebookCell): string {
  return typeof source === "string" ? source : source.join("");
}

/**
 * The notebook as somebody would have written it who wanted these parameters: the cell that declares them declares these,
 * so that an executed copy shows in one place what it was run with.
 *
 * @throws {RangeError} The notebook has no cell tagged "parameters", or several; or one that does not declare each in a
 *   line of its own.
 */
export function declareParameters(notebook: Notebook, parameters: NotebookParameters): Notebook {
  const tagged = notebook.cells.filter((cell) => hasTag(cell, PARAMETERS_TAG));
  if (tagged.length !== 1) {
    throw new RangeError(
      `Cannot pass parameters to the notebook: found ${tagged.length} cells tagged ` +
        `"${PARAMETERS_TAG}", want one`,
    );
  }
  const { preset, setting, fresh, changes } = parameters;
  const source = Object.entries({ preset, setting, fresh, changes }).reduce(
    withValue,
    sourceOf(tagged[0]!),
  );
  const cells = notebook.cells.map((cell) => cell === tagged[0] ? { ...cell, source } : cell);
  return { ...notebook, cells };
}

/** The text of the parameter cell with one value in its place. */
function withValue(source: string, [name, value]: readonly [string, unknown]): string {
  const line = new RegExp(`^(let ${name}\\b[^=\\n]*= ).*;$`, "m");
  if (!line.test(source)) {
    throw new RangeError(
      `Cannot pass parameters to the notebook: found no line "let ${name} = ...;" in its parameter cell, want one`,
    );
  }
  const text = isObject(value) && Object.keys(value).length > 0
    ? `{ ${JSON.stringify(value).slice(1, -1)} }`
    : JSON.stringify(value) ?? "undefined";
  return source.replace(line, (_, start) => `${start}${text};`);
}

/** The title of a cell: the nearest heading above it, or the first words of the text above it. */
export function titleOfCell(notebook: Notebook, index: number): string {
  for (let above = index - 1; above >= 0; above--) {
    const cell = notebook.cells[above]!;
    if (cell.cell_type !== "markdown") continue;
    const heading = sourceOf(cell).split("\n").findLast((line) => /^#+\s/.test(line));
    if (heading !== undefined) return heading.replace(/^#+\s+/, "").replaceAll(/[*`$]/g, "").trim();
  }
  return sourceOf(notebook.cells[index]!).split("\n")[0]!.replace(/^\/\/\s*/, "").slice(0, 60);
}

/** Seconds that a cell took when the notebook was run; undefined when it was not. */
export function secondsOfCell({ metadata }: NotebookCell): number | undefined {
  const times = metadata.execution;
  const begin = Date.parse(times?.["iopub.execute_input"] ?? "");
  const end = Date.parse(times?.["shell.execute_reply"] ?? "");
  return Number.isFinite(end - begin) ? (end - begin) / 1000 : undefined;
}

/**
 * What an executed notebook lacks: cells that did not run, cells that show something but have no output,
 * and outputs that a cell's tag `expects:<MIME type>` asks for.
 *
 * @returns One sentence for each; empty when all is there.
 */
export function missingOutputs(notebook: Notebook): string[] {
  const problems: string[] = [];
  for (const [index, cell] of notebook.cells.entries()) {
    if (cell.cell_type !== "code" || sourceOf(cell).trim() === "") continue;
    const where = `cell ${index + 1} (${titleOfCell(notebook, index)})`;
    const outputs = cell.outputs ?? [];
    if (typeof cell.execution_count !== "number") {
      problems.push(`${where} did not run`);
      continue;
    }
    if (outputs.some(({ output_type }) => output_type === "error")) {
      problems.push(`${where} failed`);
      continue;
    }
    const types = new Set(outputs.flatMap(({ data = {} }) => Object.keys(data)));
    const isShown = /\bshow(Live)?\(/.test(sourceOf(cell));
    if (isShown && types.size === 0) {
      problems.push(`${where} shows something, but no output of it arrived`);
    }
    for (const tag of cell.metadata.tags ?? []) {
      if (!tag.startsWith(EXPECTS_PREFIX)) continue;
      const type = tag.slice(EXPECTS_PREFIX.length);
      // A figure that has nothing to draw says so; a picture that got lost leaves no text either.
      const shown = outputs.filter(({ data }) => data !== undefined);
      const isSentence = isShown && shown.length > 0 && shown.every(isText);
      if (!types.has(type) && !isSentence) problems.push(`${where} has no output of type ${type}`);
    }
  }
  return problems;
}

/** Whether `show` was given text, and no picture with a line of text below it. */
function isText({ data = {} }: NotebookOutput): boolean {
  const { "text/plain": plain, "text/html": html, ...others } = data;
  if (plain === undefined || Object.keys(others).length > 0) return false;
  return html === undefined || joined(html).startsWith("<p ");
}

/** Metadata of an executed copy: data sets that it shows, or may show, whose pictures must not be published. */
const UNPUBLISHED_KEY = "unpublished_data_sets";

/** An executed notebook that says which data sets keep it out of version control. */
export function markUnpublished(notebook: Notebook, sets: readonly string[]): Notebook {
  return { ...notebook, metadata: { ...notebook.metadata, [UNPUBLISHED_KEY]: sets } };
}

/** What {@link markUnpublished} wrote; none where it wrote nothing. */
export function unpublishedIn({ metadata }: Pick<Notebook, "metadata">): readonly string[] {
  const sets = metadata[UNPUBLISHED_KEY] ?? [];
  return Array.isArray(sets) ? sets.map(String) : [String(sets)];
}

/** A picture of an executed notebook. */
export interface Figure {
  /** For instance "density_ratios.svg": what it shows, so that links hold when cells come and go. */
  readonly name: string;
  readonly content: string | Uint8Array;
}

/**
 * Every SVG and PNG output, in order; an output with both gives the SVG. A picture is named by its own title up to the
 * first comma or colon, one without a title by the heading above its cell; of equal names the later ones are numbered.
 */
export function figuresOf(notebook: Notebook): Figure[] {
  const figures: Figure[] = [];
  const taken = new Map<string, number>();
  for (const [index, cell] of notebook.cells.entries()) {
    for (const { data = {} } of cell.outputs ?? []) {
      const svg = data["image/svg+xml"];
      const png = data["image/png"];
      if (svg === undefined && png === undefined) continue;
      const stem = slugOf(titleOfPicture(data["text/plain"]) ?? titleOfCell(notebook, index));
      const earlier = taken.get(stem) ?? 0;
      taken.set(stem, earlier + 1);
      const name = earlier === 0 ? stem : `${stem}_${earlier + 1}`;
      figures.push(
        svg === undefined
          ? {
            name: `${name}.png`,
            content: Uint8Array.fromBase64(joined(png!).replaceAll("\n", "")),
          }
          : { name: `${name}.svg`, content: joined(svg) },
      );
    }
  }
  return figures;
}

/** The title in the text form of a chart or a grid of images: "[chart] Density ratios". */
function titleOfPicture(text: string | readonly string[] | object | undefined): string | undefined {
  if (text === undefined) return undefined;
  return /^\[(?:chart|images)\] (?!\d+ images of )([^,:\n]*[a-z][^,:\n]*)[,:\n]/i.exec(
    `${joined(text)}\n`,
  )?.[1];
}

/** The code cells as one TypeScript text, to be checked like any other file. */
export function joinCells(notebook: Notebook): string {
  return notebook.cells.filter(({ cell_type }) => cell_type === "code").map(sourceOf).join("\n\n") +
    "\n";
}

function joined(value: string | readonly string[] | object): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.join("") : JSON.stringify(value);
}

function hasTag({ metadata }: NotebookCell, tag: string): boolean {
  return metadata.tags?.includes(tag) ?? false;
}

function slugOf(title: string): string {
  const words = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_").replaceAll(/^_|_$/g, "");
  return words === "" ? "figure" : words.slice(0, 48).replace(/_$/, "");
}
