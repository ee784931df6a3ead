/** What a run changes of its preset, as far as it decides how one of its students is trained. */
import { canonicalJson } from "../../base/disk/identity.ts";
import type { RunRecord } from "../../base/disk/records.ts";
import { type Experiment, resolve } from "./experiment.ts";

/** What measures or repeats, and changes no student. */
const MEASURES = /^(seeds|curveEvery|gan\.judgeEvery)$|^(evaluation|bound)(\.|$)/;
/** What only students with fakes learn of. */
const OF_FAKES = /^(gan|ratio|synthesis)(\.|$)|^(fakeShare|fakesUntil)$/;
/** What only students with a teacher learn of: of its logits, or of fakes that it filtered. */
const OF_TEACHER = /^(teacherTraining|filterTeacher)(\.|$)/;
/** Lists that only choose which cells there are. */
const LISTS = new Set(["settings", "students", "teachers", "distillers", "trainOn"]);

/**
 * The changes of a record that its preset does not make itself: an earlier trial may have become the preset, and a
 * shorter list of students changes none of them.
 *
 * @param changes As on the command line. What the schema no longer takes stays.
 */
export function changesOfPreset(
  experiment: Experiment,
  { preset, setting, method, changes }: {
    readonly preset: string;
    readonly setting: string;
    /** Of the cell: "NOKD" learns nothing of fakes and of no teacher. */
    readonly method: string;
    readonly changes: Readonly<Record<string, string>>;
  },
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(changes).filter(([path, text]) => {
      if (MEASURES.test(path)) return false;
      if (OF_FAKES.test(path) && !method.startsWith("cGAN-KD")) return false;
      if (OF_TEACHER.test(path) && method === "NOKD") return false;
      // What a rule makes of the images is not known here: a value of the preset may be a change of it.
      if (experiment.byRule !== undefined && !LISTS.has(path)) return true;
      try {
        const plain = resolve(experiment, preset, {}, setting);
        const changed = resolve(experiment, preset, { [path]: text }, setting);
        if (canonicalJson(plain) === canonicalJson(changed)) return false;
        return !(LISTS.has(path) && isPart(listIn(changed, path), listIn(plain, path)));
      } catch (error) {
        if (error instanceof RangeError || error instanceof TypeError) return true;
        throw error;
      }
    }),
  );
}

/**
 * Records with the changes that their preset does not make itself, for tables.
 *
 * @param experiment That of all of them.
 */
export function withKeptChanges(
  experiment: Experiment,
  records: readonly RunRecord[],
): RunRecord[] {
  return records.map((record) => {
    const { preset, cell: { setting, method }, changes = {} } = record;
    return {
      ...record,
      // Behind a comma tables say that images are held out, or fewer.
      changes: changesOfPreset(experiment, {
        preset,
        setting: setting.split(", ")[0]!,
        method,
        changes,
      }),
    };
  });
}

/**
 * Records for tables, those that a run with these changes makes apart from those of other options. Who made them does not
 * matter: a trial with the options that a preset has now is the preset's.
 *
 * @param experiment That of all records.
 * @param changes Of the run, as on the command line.
 */
export function recordsOfChanges(
  experiment: Experiment,
  records: readonly RunRecord[],
  changes: Readonly<Record<string, string>>,
): { readonly own: RunRecord[]; readonly others: RunRecord[] } {
  // Which methods and images are trained on is in the cell of a record.
  const { distillers: _distillers, trainOn: _trainOn, ...asked } = changes;
  const own: RunRecord[] = [];
  const others: RunRecord[] = [];
  for (const record of withKeptChanges(experiment, records)) {
    const { preset, cell: { setting, method } } = record;
    const kept = changesOfPreset(experiment, {
      preset,
      setting: setting.split(", ")[0]!,
      method,
      changes: asked,
    });
    (canonicalJson(record.changes) === canonicalJson(kept) ? own : others).push(record);
  }
  return { own, others };
}

function listIn(specification: object, path: string): readonly unknown[] {
  return (specification as Record<string, readonly unknown[]>)[path]!;
}

function isPart(some: readonly unknown[], all: readonly unknown[]): boolean {
  const known = new Set(all.map(canonicalJson));
  return some.every((one) => known.has(canonicalJson(one)));
}
