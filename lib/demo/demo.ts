/** A page that draws images and shows what teacher and students say of them, in the browser alone. */
import { makeFolder, writeAtomically, writeTextAtomically } from "../base/disk/files.ts";
import { join } from "../base/disk/path.ts";
import type { ExperimentRun, StudentResult } from "../chain/run.ts";
import type { LayersModelJson } from "../export/layers/layers_model.ts";
import type { ModelCard } from "../export/model_card.ts";
import { absolutePath } from "../setup/folders.ts";

const PAGE = ["index.html", "demo.js"];
const PROJECT = join(import.meta.dirname!, "..", "..");
/** TensorFlow.js as its package has it for pages. */
const LIBRARY = join(PROJECT, "node_modules", "@tensorflow", "tfjs", "dist", "tf.min.js");

/** A network as it lies in the page. */
interface PagePart {
  readonly title: string;
  /** Figure on test images, such as "22.4 %". */
  readonly metric: string;
  /** What the figure is. */
  readonly measure: string;
  readonly numbers: number;
  readonly modelTopology: object;
  readonly weightSpecs: LayersModelJson["weightsManifest"][0]["weights"];
  /** Base 64. */
  readonly weights: string;
}

/**
 * Writes the page with the run's generator, the teacher that filters its images, and some students. It opens from the
 * disk or from any server of files, and fetches nothing.
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
  const { dataset: { name, setting, train: { task } } } = run;
  const parts = await Deno.makeTempDir();
  try {
    const networks: PagePart[] = [];
    const generator = await readPart(await run.export("generator", { out: parts }));
    for (const part of ["teacher", ...students] as const) {
      networks.push(await readPart(await run.export(part, { out: parts })));
    }
    const content = {
      data:
        `${name}, ${setting}. The generator draws an image for the label that you choose; the teacher and its ` +
        "students say what they see in it.",
      labels: task.kind === "regression"
        ? { kind: "scalar", minimum: task.minimum, maximum: task.maximum, unit: task.unit }
        : { kind: "classes", names: task.classNames },
      generator,
      networks,
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
    numbers: cost.numbers,
    modelTopology,
    weightSpecs: weights,
    weights: (await Deno.readFile(join(folder, paths[0]!))).toBase64(),
  };
}
