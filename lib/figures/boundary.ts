/** The decision boundary of classes: samples that lie on it, the way across, and whose boundaries are alike. */
import { checkOptionNames } from "../base/check_argument.ts";
import { imagesInMemory, type LabelledImages } from "../base/contracts.ts";
import {
  type BoundarySample,
  compareBoundaries,
  findBoundarySamples,
  type Judged,
  scoresAlongPath,
  SHOWN_RULE,
} from "../distill/methods/bss/boundary_samples.ts";
import { type Chart, trainingCurves } from "../report/all_charts.ts";
import { ImageGrid } from "../report/all_grids.ts";
import { DataTable } from "../report/tables.ts";
import { checkRun, checkRunAndStudents } from "../chain/check_run.ts";
import type { ExperimentRun } from "../chain/run.ts";
import type { TrainedNetwork } from "../chain/stages/network_job.ts";
import type { TrainedStudent } from "../chain/stages/student_stage.ts";
import { measuredOn, titled } from "./titled.ts";

/** What the figures read of a run. */
export type BoundaryRun = Pick<ExperimentRun, "dataset" | "specification" | "teacher">;

/** How strongly the difference of a sample from its image is shown. */
const AMPLIFIED = 5;
/** Test images of the comparison; more change its figures little. */
const COMPARED = 256;

/** Runs a trained network, and frees it. */
function opened<T>(trained: TrainedNetwork, use: (judged: Judged) => T): T {
  const network = trained.open();
  try {
    return use({ network, normalisation: trained.normalisation });
  } finally {
    network.parameters.dispose();
  }
}

/** The first test images of every class, in label order. */
function firstOfClasses({ labels, task }: LabelledImages, most: number): number[] {
  if (task.kind !== "classification") {
    throw new RangeError("Cannot search a decision boundary: found scalar labels, want classes");
  }
  const first = Array.from({ length: task.classes }, (_, label) => labels.indexOf(label));
  return first.filter((index) => index >= 0).slice(0, most);
}

/**
 * A sample on the teacher's boundary for one test image of each class: the image, the sample, and their difference five
 * times as strong about grey.
 */
export async function boundarySamplesFigure(
  run: BoundaryRun,
  options: { readonly most?: number } = {},
): Promise<ImageGrid> {
  checkRun("figures.boundarySamplesFigure()", run);
  checkOptionNames("figures.boundarySamplesFigure()", options, {
    known: { most: true },
    example: "{ most: 5 }",
  });
  const { most = 10 } = options;
  const { test } = run.dataset;
  const indices = firstOfClasses(test, most);
  const samples = opened(
    await run.teacher(),
    (teacher) => findBoundarySamples(teacher, { set: test, indices }),
  );
  const rows: ((sample: BoundarySample, i: number) => number)[] = [
    ({ image }, i) => image[i]!,
    ({ sample }, i) => sample[i]!,
    ({ image, sample }, i) => 128 + AMPLIFIED * (sample[i]! - image[i]!),
  ];
  const size = samples[0]!.image.length;
  const pixels = new Uint8ClampedArray(3 * samples.length * size);
  rows.forEach((valueOf, row) =>
    samples.forEach((sample, column) => {
      const start = (row * samples.length + column) * size;
      for (let i = 0; i < size; i++) pixels[start + i] = valueOf(sample, i);
    })
  );
  const nameOf = namesOf(test);
  return new ImageGrid(imagesInMemory(new Uint8Array(pixels.buffer), test.images.shape), {
    title: titled(run, "Samples on the teacher's boundary"),
    columns: samples.length,
    rowLabels: ["image", "sample", `difference x ${AMPLIFIED}`],
    columnLabels: samples.map(({ base, target }) => `${nameOf(base)} → ${nameOf(target)}`),
    finding: samplesText(samples),
  });
}

function samplesText(samples: readonly BoundarySample[]): string {
  const found = samples.filter(({ outcome }) => outcome === "found");
  const near = found.filter(({ gap }) => Math.abs(gap) < SHOWN_RULE.tolerance!);
  const words = `${found.length} of ${samples.length} searches ended in their target within ` +
    `${SHOWN_RULE.searchSteps} steps`;
  if (found.length === 0) return `${words}.`;
  const moves = found.map(({ image, sample }) =>
    Math.sqrt(image.reduce((sum, value, i) => sum + (sample[i]! - value) ** 2, 0) / image.length)
  );
  const mean = moves.reduce((sum, move) => sum + move, 0) / moves.length;
  return `${words}; there the two logits differ by less than ${SHOWN_RULE.tolerance} in ` +
    `${near.length}, and a pixel moved by ${
      mean.toFixed(1)
    } grey levels (root of the mean square).`;
}

/** The teacher's class probabilities along the line from a test image through its sample and as far again. */
export async function boundaryPathFigure(
  run: BoundaryRun,
  options: { readonly most?: number } = {},
): Promise<Chart | string> {
  checkRun("figures.boundaryPathFigure()", run);
  checkOptionNames("figures.boundaryPathFigure()", options, {
    known: { most: true },
    example: "{ most: 5 }",
  });
  const { most = 10 } = options;
  const { test } = run.dataset;
  const indices = firstOfClasses(test, most);
  const path = opened(await run.teacher(), (teacher) => {
    const sample = findBoundarySamples(teacher, { set: test, indices })
      .find(({ outcome }) => outcome === "found");
    return sample && { sample, points: scoresAlongPath(teacher, sample, { set: test }) };
  });
  if (path === undefined) return "No search of these images ended in its target.";
  const { sample: { base, target }, points } = path;
  const nameOf = namesOf(test);
  const rows = points.flatMap(({ share, scores }) => {
    const others = scores.reduce((sum, p, c) => c === base || c === target ? sum : sum + p, 0);
    const step = 100 * share;
    return [
      { series: nameOf(base), step, value: scores[base]! },
      { series: nameOf(target), step, value: scores[target]! },
      { series: "all others", step, value: others },
    ];
  });
  const crossing = points.find(({ scores }) => scores[target]! >= scores[base]!);
  return trainingCurves(rows, {
    title: titled(run, `Across the boundary from ${nameOf(base)} to ${nameOf(target)}`),
    xTitle: "way from the image (0) through its sample (100), percent",
    yTitle: "the teacher's probability",
    finding: crossing === undefined
      ? `The teacher never prefers ${nameOf(target)} on this line.`
      : `From ${(100 * crossing.share).toFixed(0)} percent of the way on the teacher prefers ` +
        `${nameOf(target)}; at the end it gives it ${
          (100 * points.at(-1)!.scores[target]!).toFixed(0)
        } percent.`,
  });
}

/**
 * How alike the boundaries of students and of their teachers are: MagSim and AngSim (see `boundarySimilarity`) over
 * test images. Students without a teacher are compared with the filter's.
 *
 * @param students Each with the words of its row.
 */
export async function boundarySimilarityTable(
  run: BoundaryRun,
  students: readonly (Pick<TrainedStudent, "network" | "teacher"> & { readonly title: string })[],
  options: { readonly images?: number } = {},
): Promise<DataTable> {
  checkRunAndStudents("figures.boundarySimilarityTable()", run, students);
  checkOptionNames("figures.boundarySimilarityTable()", options, {
    known: { images: true },
    example: "{ images: 64 }",
  });
  const { images = COMPARED } = options;
  const { test } = run.dataset;
  const count = Math.min(images, test.labels.length);
  // Files often lie sorted.
  const indices = Array.from(
    { length: count },
    (_, i) => Math.floor(i * test.labels.length / count),
  );
  const rows = [];
  for (const { title, network, teacher = await run.teacher() } of students) {
    const found = opened(
      teacher,
      (own) => opened(network, (other) => compareBoundaries(own, other, { set: test, indices })),
    );
    rows.push({
      student: title,
      teacher: teacher.title,
      magnitude: found.count === 0 ? undefined : found.magnitude,
      angle: found.count === 0 ? undefined : found.angle,
      count: found.count,
      searched: found.searched,
    });
  }
  return DataTable.of({
    title: titled(run, "Similarity of decision boundaries"),
    columns: [
      { key: "student", title: "student" },
      { key: "teacher", title: "teacher" },
      { key: "magnitude", title: "MagSim", digits: 3 },
      { key: "angle", title: "AngSim", digits: 3 },
      { key: "count", title: "samples", digits: 0 },
      { key: "searched", title: "searched", digits: 0 },
    ],
    rows,
    notes: [
      `Searched: ${
        measuredOn(run)
      } images that student and teacher both take for their label; samples: those of which ` +
      "both searches ended in the target. The exact form of the two measures is our reading.",
    ],
  });
}

function namesOf({ task }: LabelledImages): (label: number) => string {
  return (label) => task.kind === "classification" ? task.classNames[label]! : String(label);
}
