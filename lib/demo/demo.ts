/** A page that draws images and shows what teacher and students say of them, and of test images, in the browser alone. */
import { makeFolder, writeAtomically, writeTextAtomically } from "../base/disk/files.ts";
import { join } from "../base/disk/path.ts";
import type { ExperimentRun, StudentResult } from "../chain/run.ts";
import { isGan } from "../experiments/specification/gan_schema.ts";
import type { LayersModelJson } from "../export/layers/layers_model.ts";
import type { CardCost, ModelCard } from "../export/model_card.ts";
import { counted } from "../report/words.ts";
import { absolutePath } from "../setup/folders.ts";
import { testImages } from "./test_images.ts";

const PAGE = ["index.html", "demo.js"];
const PROJECT = join(import.meta.dirname!, "..", "..");
/** TensorFlow.js as its package has it for pages. */
const LIBRARY = join(PROJECT, "node_modules", "@tensorflow", "tfjs", "dist", "tf.min.js");
/** What a test image is called, by its origin. */
const TEST_KINDS = {
  real: "test image",
  rendered: "test image, rendered by us",
  toy: "test image, drawn by code",
};

/** A network as it lies in the page. */
interface PagePart {
  readonly title: string;
  /** Figure on test images, such as "22.4 %". */
  readonly metric: string;
  /** What the figure is. */
  readonly measure: string;
  readonly cost: CardCost;
  readonly modelTopology: object;
  readonly weightSpecs: LayersModelJson["weightsManifest"][0]["weights"];
  /** Base 64. */
  readonly weights: string;
}

/**
 * Throws where a run's generator cannot draw in a page; to be asked before students are trained for one.
 *
 * @throws {RangeError} The generator is a diffusion model.
 */
export function checkDemo({ specification: { gan } }: Pick<ExperimentRun, "specification">): void {
  if (isGan(gan)) return;
  throw new RangeError(
    `Cannot make a page with the generator "${gan.family}": it is a diffusion model, which draws an image in many ` +
      "passes; want a GAN",
  );
}

/**
 * Writes the page with the run's generator, the teacher that filters its images, and some students. It opens from the
 * disk or from any server of files, and fetches nothing. Test images stand beside generated ones where pictures of the
 * set may be published.
 *
 * @param run Its generator must be a GAN.
 * @returns Path of the page.
 * @throws {RangeError} The generator is a diffusion model.
 */
export async function writeDemo(
  run: ExperimentRun,
  students: readonly StudentResult[],
  { out }: { readonly out: string },
): Promise<string> {
  checkDemo(run);
  const { dataset } = run;
  const { name, setting, test, train: { task } } = dataset;
  const parts = await Deno.makeTempDir();
  try {
    const networks: PagePart[] = [];
    const generator = await readPart(await run.export("generator", { out: parts }));
    for (const part of ["teacher", ...students] as const) {
      networks.push(await readPart(await run.export(part, { out: parts })));
    }
    const shown = await testImages(dataset);
    const also = shown === "none" ? "" : ", and in a test image of that label";
    const content = {
      data:
        `${name}, ${setting}. Choose a label: the generator draws an image for it, and the teacher and its students ` +
        `say what they see in it${also}.`,
      trained: trainedText(run, networks[0]!.cost),
      labels: task.kind === "regression"
        ? { kind: "scalar", minimum: task.minimum, maximum: task.maximum, unit: task.unit }
        : { kind: "classes", names: task.classNames },
      generator,
      networks,
      testKind: TEST_KINDS[test.origin],
      ...(shown !== "none" && { testImages: shown }),
    };
    const folder = absolutePath(out);
    await makeFolder(folder);
    for (const file of PAGE) {
      const text = await Deno.readTextFile(join(import.meta.dirname!, "page", file));
      await writeTextAtomically(join(folder, file), text);
    }
    await writeAtomically(join(folder, "tf.min.js"), [await Deno.readFile(LIBRARY)]);
    const script = `globalThis.CGAN_KD_PARTS = ${JSON.stringify(content)};\n`;
    await writeTextAtomically(join(folder, "parts.js"), script);
    return join(folder, PAGE[0]!);
  } finally {
    await Deno.remove(parts, { recursive: true });
  }
}

/** How long everything was trained, so that nobody takes a first run for a whole one; and what the columns mean. */
function trainedText(
  { experiment, preset, specification, changes, dataset: { originals }, context: { setting } }:
    ExperimentRun,
  { imagesPerSecond }: CardCost,
): string {
  const { gan, teacherTraining, studentTraining } = specification;
  const changed = Object.entries(changes).flatMap(([path, value]) =>
    path === "seeds" ? [] : [`${path}=${value}`]
  );
  return [
    `Experiment ${experiment.name} at preset "${preset}"${
      changed.map((one) => `, ${one}`).join("")
    }: ` +
    `${counted(originals, "training image")}, ${
      counted(gan.steps[setting]!, "step")
    } of the generator, ` +
    `${
      counted(teacherTraining.epochs, "epoch")
    } of the teacher, ${studentTraining.epochs} of students without fakes; those of equal steps take as many as ` +
    "students with fakes.",
    "GFLOPs: twice the multiply-adds for one image.",
    ...(imagesPerSecond === undefined ? [] : [
      `Images a second: in TensorFlow where this page was made, with whatever else ran then; on ${imagesPerSecond.where}.`,
    ]),
  ].join(" ");
}

async function readPart(folder: string): Promise<PagePart> {
  const read = async (file: string) => JSON.parse(await Deno.readTextFile(join(folder, file)));
  const { modelTopology, weightsManifest: [{ paths, weights }] }: LayersModelJson = await read(
    "model.json",
  );
  const { title, metric, cost }: ModelCard = await read("card.json");
  return {
    title: title.split(", on ")[0]!,
    metric: metric === undefined ? "" : `${metric.value.toFixed(2)} ${metric.unit}`,
    measure: metric?.name ?? "",
    cost,
    modelTopology,
    weightSpecs: weights,
    weights: (await Deno.readFile(join(folder, paths[0]!))).toBase64(),
  };
}
