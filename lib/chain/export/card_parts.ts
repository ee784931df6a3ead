/** Parts of model cards that networks and generators share. */
import { checkList, checkOptionNames, checkText } from "../../base/check_argument.ts";
import type { Artifact } from "../../base/disk/artifact.ts";
import { join } from "../../base/disk/path.ts";
import type { RunRecord } from "../../base/disk/records.ts";
import type { Experiment } from "../../experiments/specification/experiment.ts";
import type { ModelCard } from "../../export/model_card.ts";
import type { ExportFormat } from "../../export/write_export.ts";
import { absolutePath } from "../../setup/folders.ts";
import type { Chain } from "../chain.ts";

/** How to export. */
export interface ExportRequest {
  /** Folder for folders of exports; relative ones are meant from where the command was given. */
  readonly out: string;
  /** Default: "layers", for TensorFlow.js. */
  readonly formats?: readonly ExportFormat[];
}

/**
 * Throws unless a call says where an export goes.
 *
 * @param call As it is written in a cell, such as "run.export()".
 * @throws {TypeError} Something else.
 * @throws {RangeError} An option that is not known.
 */
export function checkExport(call: string, request: ExportRequest): void {
  const example = '{ out: "export" }';
  checkOptionNames(call, request, { known: { out: true, formats: true }, example });
  checkText(call, request.out, `a folder as out, such as ${example}`);
  const { formats } = request;
  if (formats !== undefined) checkList(call, formats, 'a list as formats, such as ["onnx"]');
}

/** A run that knows its experiment and its records. */
export type ExportingRun = Pick<Chain, "context" | "gan" | "condition"> & {
  readonly experiment: Experiment;
  recordList(): Promise<RunRecord[]>;
};

/** Data set, source and checksum of a run. */
export function dataOf({ context: { dataset } }: ExportingRun): ModelCard["data"] {
  const { name, setting, source, checksum } = dataset;
  return { name: `${name} ${setting}`, source, checksum };
}

/** The recipe of a stage as rows; nested options by dotted paths. */
export function trainingOf(
  { key }: Artifact,
  first: Readonly<Record<string, string | number>>,
): Record<string, string | number> {
  const rows: Record<string, string | number> = { ...first };
  const add = (path: string, value: unknown) => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [name, inner] of Object.entries(value)) {
        add(`${path}.${name}`.replace(/^\./, ""), inner);
      }
    } else if (value !== undefined) {
      rows[path] = typeof value === "number"
        ? value
        : typeof value === "string"
        ? value
        : JSON.stringify(value);
    }
  };
  add("", key.specification);
  return rows;
}

/** By which a trained part is found again. */
export function identitiesOf({ id, key }: Artifact, record?: RunRecord): Record<string, string> {
  return {
    stage: id,
    ...Object.fromEntries(
      Object.entries(key.inputs).map(([name, value]) => [`input ${name}`, value]),
    ),
    ...(record && {
      recipe: record.recipe,
      specification: record.specification,
      revision: record.revision,
      trained: record.time,
    }),
  };
}

/** Folder of an export. */
export function folderIn(out: string, words: string): string {
  return join(absolutePath(out), nameOf(words));
}

/** Words as a name of a file or a model. */
export function nameOf(words: string): string {
  return words.replaceAll(/[^A-Za-z0-9-]+/g, "_").replaceAll(/^_+|_+$/g, "");
}
