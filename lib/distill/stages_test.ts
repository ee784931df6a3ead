import assert from "node:assert/strict";
import { blkd } from "./methods/blkd.ts";
import type { Distiller, EarlierStage } from "./distiller.ts";
import { nokd } from "./methods/nokd.ts";
import { stagesOf, teacherPart } from "./stages.ts";
import { takd } from "./methods/takd.ts";

/** A method with these stages before it, and these needs. */
function after(before: EarlierStage[], needs: Partial<Distiller["needs"]> = {}): Distiller {
  return { ...nokd(), name: "some", before, needs: { teacher: "none", ...needs } };
}

const first: EarlierStage = { name: "first", trains: "student", distiller: nokd() };
const RECIPE = {
  epochs: 8,
  batch: 4,
  learningRate: 0.1,
  milestones: [],
  momentum: 0.9,
  weightDecay: 0,
  crop: false,
  flip: false,
};

Deno.test("stagesOf() lists a method's stages with what each reads, the student's last", () => {
  const method = after(
    [first, {
      name: "second",
      trains: "teacher",
      distiller: { ...blkd(), needs: { teacher: "frozen", teacherFrom: "first" } },
      training: (student) => ({ ...student, epochs: student.epochs / 4 }),
    }],
    { startsFrom: "first", reads: ["second"], peers: ["student", "assistant"] },
  );
  const stages = stagesOf(method);
  assert.deepEqual(
    stages.map(({ name, trains, teacher, startsFrom, reads }) => ({
      name,
      trains,
      teacher,
      startsFrom,
      reads,
    })),
    [
      { name: "first", trains: "student", teacher: undefined, startsFrom: undefined, reads: [] },
      { name: "second", trains: "teacher", teacher: "first", startsFrom: undefined, reads: [] },
      {
        name: "student",
        trains: "student",
        teacher: undefined,
        startsFrom: "first",
        reads: ["second"],
      },
    ],
  );
  assert.deepEqual(stages.map(({ training }) => training(RECIPE).epochs), [8, 2, 8]);
  assert.deepEqual(stages[2]!.peers, ["student", "assistant"]);
});

Deno.test("stagesOf() takes for the student of a stage's own method what the stage trains", () => {
  const nested = after([first], { startsFrom: "first", peers: ["student"] });
  const stages = stagesOf(after([{ name: "outer", trains: "teacher", distiller: nested }]));
  assert.deepEqual(stages.map(({ name, trains, peers }) => [name, trains, peers]), [
    ["first", "teacher", []],
    ["outer", "teacher", ["teacher"]],
    ["student", "student", []],
  ]);
});

Deno.test("stagesOf() refuses names that are taken, unusable or not there yet", () => {
  const refuses = (method: Distiller, message: RegExp) =>
    assert.throws(() => stagesOf(method), { name: "RangeError", message });
  for (const name of ["student", "teacher", "Two words", ""]) {
    refuses(
      after([{ ...first, name }]),
      /found a stage ".*", want a name of its own in lower case$/,
    );
  }
  refuses(after([first, first]), /found a stage "first", want a name of its own/);
  refuses(
    after([first], { startsFrom: "teacher" }),
    /stage "student" trains "student" and starts from "teacher", want networks of one kind$/,
  );
  for (
    const needs of [
      { teacher: "frozen", teacherFrom: "second" },
      { teacher: "own", teacherFrom: "second" },
      { startsFrom: "second" },
      { reads: ["second"] },
    ] as const
  ) {
    refuses(
      after([first], needs),
      /^Cannot order the stages of "some": stage "student" needs "second", want one of those before it: teacher, first$/,
    );
  }
});

Deno.test("teacherPart() tells a teacher that was trained from one that a method trains", () => {
  const none = { isTrained: false, isChosen: false };
  const chosen = { isTrained: false, isChosen: true };
  const trained = { isTrained: true, isChosen: true };
  assert.deepEqual(teacherPart(nokd()), none);
  assert.deepEqual(teacherPart(after([first], { startsFrom: "first" })), none);
  assert.deepEqual(teacherPart(blkd()), trained);
  // The assistant is the student's teacher, and has one itself.
  assert.deepEqual(teacherPart(takd()), trained);
  assert.deepEqual(teacherPart(after([{ ...first, trains: "teacher" }])), chosen);
  assert.deepEqual(teacherPart(after([], { peers: ["teacher"] })), chosen);
  const copy = { ...nokd(), needs: { teacher: "none", startsFrom: "teacher" } } as const;
  const tuned: EarlierStage = { name: "tuned", trains: "teacher", distiller: copy };
  assert.deepEqual(teacherPart(after([tuned])), trained);
});
