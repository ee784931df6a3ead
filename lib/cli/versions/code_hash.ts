/** What code does, as a hash that comments, layout, types and the words of errors do not change. */
import { stripTypeScriptTypes } from "node:module";
import { type Node, parse } from "acorn";
import { shortHash } from "../../base/disk/identity.ts";
import { basename } from "../../base/disk/path.ts";

/** What is known of a source file without running it. */
export interface Code {
  /** Of what it does: equal where only comments, layout, types or errors' words differ. */
  readonly hash: string;
  /** What it imports at run time, as written. */
  readonly imports: readonly string[];
  /** Versions that somebody raises by hand, such as "codeVersion 2", in order. */
  readonly versions: readonly string[];
}

/** Keys of syntax nodes that say where they stand or how they were written. */
const LAYOUT = new Set(["start", "end", "raw"]);
/** Names under which versions are written: properties, and constants such as `RENDERER_VERSION`. */
const VERSION = /^(codeVersion|version|([A-Z]+_)*VERSION)$/;

/**
 * Reads TypeScript or JavaScript.
 *
 * @throws {SyntaxError} It is neither.
 */
export async function readCode(source: string): Promise<Code> {
  // Types of Node.js 26 have only "strip", which refuses enumerations; Deno knows both.
  const options = { mode: "transform" } as unknown as { mode: "strip" };
  const plain = stripTypeScriptTypes(source, options);
  const program = parse(plain, { ecmaVersion: "latest", sourceType: "module" });
  const imports: string[] = [];
  const versions: string[] = [];
  const text = JSON.stringify(program, (key, value: unknown) => {
    if (LAYOUT.has(key)) return undefined;
    if (typeof value === "bigint") return `${value}n`;
    if (value instanceof RegExp) return String(value);
    if (!isNode(value)) return value;
    const specifier = specifierOf(value);
    if (specifier !== undefined) imports.push(specifier);
    const version = versionIn(value);
    if (version !== undefined) versions.push(version);
    return essence(value);
  });
  return { hash: await shortHash(text), imports, versions };
}

/**
 * The same for C++, of which comments and the amount of white space, in texts too, count for nothing. Raw strings and
 * digits with separators are not expected.
 */
export function hashOfKernel(source: string): Promise<string> {
  const tokens = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\s+|[\s\S]/g;
  const plain = source.replaceAll(tokens, (token) => {
    if (token.startsWith("//") || token.startsWith("/*")) return " ";
    return /^\s/.test(token) ? (token.includes("\n") ? "\n" : " ") : token;
  });
  // A directive ends with its line; elsewhere lines mean nothing.
  const lines = plain.split("\n").map((line) => line.replaceAll(/\s+/g, " ").trim());
  const joined = lines.map((line) => line.startsWith("#") ? `\n${line}\n` : line).join(" ");
  return shortHash(joined.replaceAll(/ +/g, " ").replaceAll(/ ?\n ?/g, "\n").trim());
}

function isNode(value: unknown): value is Node & Record<string, unknown> {
  return typeof value === "object" && value !== null &&
    typeof (value as { type?: unknown }).type === "string";
}

/** A node without what changes no result. */
function essence(node: Node & Record<string, unknown>): unknown {
  switch (node.type) {
    // Whatever it says, it ends the work.
    case "ThrowStatement":
      return { type: node.type };
    // Whom a file tells its names changes nothing that it does.
    case "ExportNamedDeclaration":
      return node.declaration ?? named(node);
    case "ImportDeclaration":
    case "ExportAllDeclaration":
      return named(node);
    case "TemplateElement":
      return { type: node.type, value: (node.value as { cooked: string }).cooked };
    default:
      return node;
  }
}

/** An import without the folder that it comes from: files may move. */
function named({ type, source, specifiers }: Node & Record<string, unknown>): unknown {
  const from = (source as { value?: string } | null | undefined)?.value;
  return { kind: type, from: from && basename(from), specifiers };
}

function specifierOf(node: Node & Record<string, unknown>): string | undefined {
  if (!/^(Import(Declaration|Expression)|Export(Named|All)Declaration)$/.test(node.type)) {
    return undefined;
  }
  const value = (node.source as { value?: unknown } | null | undefined)?.value;
  return typeof value === "string" ? value : undefined;
}

function versionIn(node: Node & Record<string, unknown>): string | undefined {
  const { type } = node;
  const [name, value] = type === "Property"
    ? [node.key, node.value]
    : type === "VariableDeclarator"
    ? [node.id, node.init]
    : [];
  const called = (name as { name?: string } | undefined)?.name;
  const literal = value as { type?: string; value?: unknown } | null | undefined;
  if (called === undefined || !VERSION.test(called) || literal?.type !== "Literal") {
    return undefined;
  }
  return `${called} ${literal.value}`;
}
