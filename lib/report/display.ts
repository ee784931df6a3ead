/**
 * Shows charts, tables and pictures: inline in VS Code and JupyterLab, the same in a headless run,
 * and as text in a terminal. The Jupyter bundle is built by hand, since the kernel knows neither
 * Vega-Lite 6 nor arquero 8.
 */
import { checkArgument } from "../base/check_argument.ts";

/** Representations of one output by MIME type; binary types are base64 text. */
export type MimeBundle = Readonly<Record<string, string | object>>;

/** What {@link show} can show: a chart, a table, a grid of images. */
export interface Displayable {
  /** The representations of the output; `text/plain` is always among them. */
  bundle(): MimeBundle | Promise<MimeBundle>;
  /** What is to be seen in it, shown below. */
  readonly finding?: string;
  /** What stands for a picture where it cannot be seen. */
  readonly alternative?: string;
}

/** An arquero table, recognised by its methods so that it can be shown as it is. */
export interface ArqueroLike {
  /** For notebooks. */
  toHTML(): string;
  /** For terminals. */
  toMarkdown(): string;
}

/** A Jupyter kernel: messages of the protocol reach the notebook. */
export interface NotebookHost {
  /** Tells the hosts apart. */
  readonly kind: "notebook";
  /** Sends a message to whoever shows the notebook. */
  broadcast(messageType: string, content: Record<string, unknown>): Promise<void>;
}

/** Anything else: text reaches a terminal, a file or a pipe. */
export interface TerminalHost {
  /** Tells the hosts apart. */
  readonly kind: "terminal";
  /** True when a line can be overwritten in place. */
  readonly isInteractive: boolean;
  /** Characters a line holds. */
  readonly columns: number;
  /** Prints the text as it is. */
  write(text: string): void;
}

/** Where output goes. */
export type DisplayHost = NotebookHost | TerminalHost;

/** The method by which Deno's kernel asks a value for its bundle. */
export const JUPYTER_DISPLAY: unique symbol = Symbol.for("Jupyter.display");

/** Style of sentences: lines short enough to read, at the place of text outputs. */
const AS_TEXT = "max-width:760px;padding:0 10px";

/** Milliseconds after which a cell may end without losing its last output. */
const FLUSH_MILLISECONDS = 30;

/**
 * Shows a chart, table, image grid, arquero table or plain text.
 *
 * In a notebook the bundle is sent as `display_data`; elsewhere its text form is printed to standard
 * output. What is to be seen in a picture follows it as a line of text. Await the call: a cell that ends without
 * yielding can lose its last output. For the same reason a notebook should not end a cell with the bare value: it is
 * drawn, but about one in forty such results was lost in headless runs, and none of those that were shown.
 *
 * @param output What to show.
 * @param host Where to show it; found by itself when left out.
 */
export async function show(
  output: Displayable | ArqueroLike | string,
  host: DisplayHost = currentHost("stdout"),
): Promise<void> {
  const bundle = checkedBundle(await bundleOf(output));
  const { finding, alternative } = typeof output === "string" ? {} : output as Partial<Displayable>;
  if (host.kind === "terminal") {
    host.write(`${textOf(bundle)}\n`);
    if (finding !== undefined) host.write(`  ${finding}\n`);
    return;
  }
  const metadata = alternative === undefined ? {} : alternatives(bundle, alternative);
  await host.broadcast("display_data", { data: bundle, metadata, transient: {} });
  // Each output by itself: on a busy machine the second of two was lost.
  await flush();
  if (finding !== undefined) {
    const data = {
      "text/html": `<div style="${AS_TEXT}">${escapeMarkup(finding)}</div>`,
      "text/plain": finding,
    };
    await host.broadcast("display_data", { data, metadata: {}, transient: {} });
    await flush();
  }
}

/**
 * The bundle as it is, where it can be sent.
 *
 * @throws {TypeError} It holds what JSON cannot, such as a BigInt; Deno's kernel would show nothing and say nothing.
 */
function checkedBundle(bundle: MimeBundle): MimeBundle {
  try {
    JSON.stringify(bundle);
  } catch (error) {
    throw new TypeError(`Cannot show an output: ${(error as Error).message}`);
  }
  return bundle;
}

/**
 * What a display method gives to Deno's kernel, which loses a cell's output where the method throws.
 *
 * @param make Makes the bundle.
 * @param host Where the error is shown; found by itself when left out.
 * @returns Its bundle, or one that names the error, which is shown as an error besides.
 */
export async function guardedBundle(
  make: () => MimeBundle | Promise<MimeBundle>,
  host: DisplayHost = currentHost("stderr"),
): Promise<MimeBundle> {
  try {
    return checkedBundle(await make());
  } catch (error) {
    await reportError(error, host);
    return { "text/plain": `Cannot show this: ${textOfError(error)}` };
  }
}

/**
 * Shows an error that nothing else will: as an error output of the notebook's cell, else on standard error.
 *
 * @param error Whatever was thrown.
 */
export async function reportError(
  error: unknown,
  host: DisplayHost = currentHost("stderr"),
): Promise<void> {
  const text = textOfError(error);
  if (host.kind === "terminal") return host.write(`${text}\n`);
  const [name, message] = error instanceof Error ? [error.name, error.message] : ["Error", text];
  await host.broadcast("error", { ename: name, evalue: message, traceback: [text] });
  await flush();
}

function textOfError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** The alternative text of every picture of a bundle, where exports of notebooks look for it. */
function alternatives(bundle: MimeBundle, alt: string): Record<string, { alt: string }> {
  return Object.fromEntries(
    Object.keys(bundle).filter((type) => type.startsWith("image/")).map((type) => [type, { alt }]),
  );
}

/** Waits until the kernel has passed on the outputs of the cell (about 30 ms). */
export function flush(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, FLUSH_MILLISECONDS));
}

/**
 * The place where output of this process goes.
 *
 * @param stream The stream used outside of a notebook: results go to "stdout", progress to "stderr".
 */
export function currentHost(stream: "stdout" | "stderr"): DisplayHost {
  const jupyter = kernel();
  if (jupyter !== undefined) {
    return { kind: "notebook", broadcast: (type, content) => jupyter.broadcast(type, content) };
  }
  const target = Deno[stream];
  const isInteractive = target.isTerminal();
  return {
    kind: "terminal",
    isInteractive,
    columns: isInteractive ? Deno.consoleSize().columns : 100,
    write: (text) => writeAll(target, text),
  };
}

/** Text with the characters that mean something in HTML and SVG replaced. */
export function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** Bytes as base64 text, as Jupyter wants images. */
export function toBase64(bytes: Uint8Array): string {
  let text = "";
  // In pieces, since an argument list has a limited length.
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return btoa(text);
}

interface Kernel {
  broadcast(messageType: string, content: Record<string, unknown>): Promise<void>;
}

function kernel(): Kernel | undefined {
  try {
    // Outside of a kernel the mere access throws.
    return (Deno as unknown as { jupyter?: Kernel }).jupyter;
  } catch {
    return undefined;
  }
}

function writeAll(target: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(target.writeSync(bytes));
  } catch (error) {
    // A closed pipe (`| head`) must not end a training run.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

async function bundleOf(output: Displayable | ArqueroLike | string): Promise<MimeBundle> {
  if (typeof output === "string") return sentenceBundle(output);
  checkArgument("show()", output, {
    want: "a chart, a table, a grid of images, an arquero table or text",
    fits: (value) => "bundle" in value || "toHTML" in value && "toMarkdown" in value,
  });
  if ("bundle" in output) return await output.bundle();
  return { "text/html": output.toHTML(), "text/plain": output.toMarkdown() };
}

/** Text; a sentence in one line also as a paragraph, since JupyterLab breaks plain text in the middle of words. */
function sentenceBundle(text: string): MimeBundle {
  if (text.includes("\n")) return { "text/plain": text };
  return { "text/html": `<p style="${AS_TEXT}">${escapeMarkup(text)}</p>`, "text/plain": text };
}

function textOf(bundle: MimeBundle): string {
  const text = bundle["text/plain"];
  return typeof text === "string" ? text : "";
}
