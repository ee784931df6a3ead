/** Arguments that many calls of a notebook share: a run and its students. */
import {
  type ArgumentKind,
  checkArgument,
  checkList,
  checkOptionNames,
  checkText,
  listOf,
} from "../base/check_argument.ts";
import type { StudentFilter } from "./stages/student_choice.ts";

const RUN: ArgumentKind = {
  want: "a run, as from await openExperiment(...)",
  // A planned run, a data set and a sweep of an ablation have a setting of their own.
  fits: (value) => ("dataset" in value || "specification" in value) && !("setting" in value),
};

/** A student of a run, as far as its measures need one. */
export const STUDENT: ArgumentKind = {
  want: "a student, as one of those of await run.students()",
  fits: (value) => "network" in value || "cell" in value,
};

/** What to train a student on. */
export const CHOICE: ArgumentKind = {
  want: "a choice, such as one of run.choices()",
  fits: (value) => "student" in value && "distiller" in value && "trainOn" in value,
};

const STUDENTS = listOf("students, as from await run.students()", STUDENT.fits);

/**
 * Throws unless a call was given a run.
 *
 * @param call As it is written in a cell, such as "figures.ganFigure()".
 * @throws {TypeError} Something else.
 */
export function checkRun(call: string, run: unknown): void {
  checkArgument(call, run, RUN);
}

/**
 * Throws unless a call was given a run and a list of its students.
 *
 * @throws {TypeError} Something else in place of one of them.
 */
export function checkRunAndStudents(call: string, run: unknown, students: unknown): void {
  checkRun(call, run);
  checkArgument(call, students, STUDENTS);
}

/**
 * Throws unless a call was given a filter of students, whose misspelt option would let all of them pass.
 *
 * @throws {TypeError} Something else, or an option of another kind.
 * @throws {RangeError} An option that is not known.
 */
export function checkFilter(call: string, filter: StudentFilter = {}): void {
  checkOptionNames(call, filter, {
    known: { cells: true, trainOn: true, seeds: true },
    example: '{ cells: "VGG11, cGAN-KD" }',
  });
  if (filter.cells !== undefined) checkText(call, filter.cells, 'text as cells, such as "VGG11"');
  if (filter.trainOn !== undefined) {
    checkList(call, filter.trainOn, 'a list as trainOn, such as ["real, equal steps"]');
  }
  if (filter.seeds !== undefined) {
    checkList(call, filter.seeds, "a list as seeds, such as [1, 2]");
  }
}
