/** Notebooks as they belong into version control: without outputs, which may show faces. */

interface StoredCell {
  cell_type?: unknown;
  outputs?: unknown[];
  execution_count?: unknown;
  metadata?: Record<string, unknown>;
}

/**
 * A notebook without outputs, execution counts and times; one that has none stays byte for byte, and so does what is no
 * notebook.
 *
 * @param text Of an `.ipynb` file.
 */
export function withoutOutputs(text: string): string {
  const notebook = parse(text);
  if (notebook === undefined || !notebook.cells.some(hasOutputs)) return text;
  for (const cell of notebook.cells) {
    if (cell.cell_type !== "code") continue;
    cell.outputs = [];
    cell.execution_count = null;
    delete cell.metadata?.execution;
  }
  return JSON.stringify(notebook, null, 1) + "\n";
}

/**
 * How many cells of a notebook hold outputs.
 *
 * @param text Of an `.ipynb` file.
 */
export function countOutputs(text: string): number {
  return parse(text)?.cells.filter(({ outputs }) => (outputs?.length ?? 0) > 0).length ?? 0;
}

function hasOutputs({ outputs, execution_count, metadata }: StoredCell): boolean {
  return (outputs?.length ?? 0) > 0 || (execution_count ?? null) !== null ||
    metadata?.execution !== undefined;
}

function parse(text: string): { cells: StoredCell[] } | undefined {
  try {
    const value = JSON.parse(text);
    return Array.isArray(value?.cells) ? value : undefined;
  } catch {
    // A commit must not fail because of a merge's marks.
    return undefined;
  }
}
