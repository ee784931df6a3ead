import assert from "node:assert/strict";
import type { Dataset, Regression } from "../../base/contracts.ts";
import { toyAngles } from "../toy/angles.ts";
import { toyShapes } from "../toy/shapes.ts";
import { checkDataset } from "./check.ts";

const SHAPES = toyShapes({ classes: 2, perClass: 5, testPerClass: 2, size: 8 });
const LARGER = toyShapes({ classes: 2, perClass: 5, testPerClass: 2, size: 16 });
const ANGLES = toyAngles({ angles: 3, perAngle: 5, testPerAngle: 1, size: 16 });
const TASK = ANGLES.train.task as Regression;

/** The same set with other training labels. */
function labelled(dataset: Dataset, labels: readonly number[]): Dataset {
  return { ...dataset, train: { ...dataset.train, labels: Float32Array.from(labels) } };
}

/** The same angles with another task. */
function asked(changes: Partial<Regression>): Dataset {
  const task = { ...TASK, ...changes };
  return { ...ANGLES, train: { ...ANGLES.train, task }, test: { ...ANGLES.test, task } };
}

Deno.test("checkDataset() takes sets of classes and of scalar labels", () => {
  checkDataset(SHAPES);
  checkDataset(ANGLES);
  const types = { count: 2, train: new Uint16Array(10), test: new Uint16Array(3) };
  checkDataset({ ...ANGLES, types, subtrain: new Uint32Array(), subtrainOriginals: 0 });
});

Deno.test("checkDataset() refuses parts that do not fit together, and names them", () => {
  const task = SHAPES.train.task;
  assert.ok(task.kind === "classification");
  const twoNames = { ...task, classNames: ["circle"] };
  const inspection = {
    counted: "files",
    found: 9,
    kept: 5,
    skipped: [{ rule: "odd", reason: "", files: [{ name: "a", detail: "" }] }],
    remarks: [],
  };
  const cases: readonly [Dataset, RegExp][] = [
    [{ ...SHAPES, source: "" }, /found no source, want one$/],
    [
      { ...SHAPES, mayBePublished: undefined! },
      /found mayBePublished = undefined, want true or false$/,
    ],
    [labelled(SHAPES, [0, 1]), /found 2 labels of 10 training images, want one each/],
    [
      labelled(SHAPES, [0, 1, 2, 0, 0, 0, 0, 0, 0, 0]),
      /found label 2 at training image 2, want int/,
    ],
    [labelled(SHAPES, [0, NaN, 0, 0, 0, 0, 0, 0, 0, 0]), /found label NaN at training image 1/],
    [
      labelled(ANGLES, new Array(10).fill(90)),
      /label 90 at training image 0, want 1 to 89 degrees/,
    ],
    [{ ...SHAPES, train: { ...SHAPES.train, task: twoNames } }, /found 1 names of 2 classes/],
    [{ ...SHAPES, test: { ...SHAPES.test, task: { ...task } } }, /found another task for test im/],
    [
      { ...SHAPES, test: { ...LARGER.test, task } },
      /found training images of 8 x 8 x 3 and test images of 16 x 16 x 3, want one size/,
    ],
    [asked({ scale: 60 }), /labels from 1 to 89 of scale 60, want 0 <= minimum < maximum <= scale/],
    [asked({ labels: [1, 1] }), /found label 1 at place 1 of the task's labels, want ascending/],
    [asked({ labels: [1.1] }), /found label 1\.1 at place 0/],
    [{ ...SHAPES, originals: 0 }, /found originals = 0, want an integer from 1 to 10/],
    [{ ...SHAPES, subtrainOriginals: 11 }, /found subtrainOriginals = 11, want an integer from 1/],
    [{ ...SHAPES, subvalid: Uint32Array.of(10) }, /found position 10 in subvalid, want 0 to 9/],
    [{ ...SHAPES, subvalid: SHAPES.subtrain }, /found position \d in subtrain and subvalid/],
    [
      { ...SHAPES, types: { count: 2, train: new Uint16Array(1), test: new Uint16Array(4) } },
      /found 1 types\.train of 10 images/,
    ],
    [
      {
        ...SHAPES,
        types: { count: 2, train: new Uint16Array(10), test: new Uint16Array(4).fill(2) },
      },
      /found type 2 in types\.test, want 0 to 1/,
    ],
    [
      { ...SHAPES, inspection },
      /found 9 files, 5 kept and 1 skipped, want found = kept \+ skipped/,
    ],
  ];
  for (const [dataset, message] of cases) {
    assert.throws(() => checkDataset(dataset), (error: Error) => {
      assert.ok(error instanceof RangeError, `${error.stack}`);
      assert.match(
        error.message,
        /^Cannot use data set "Toy (shapes|angles)", setting ".*": found /,
      );
      assert.match(error.message, message);
      return true;
    });
  }
});
