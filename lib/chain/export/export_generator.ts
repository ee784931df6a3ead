/** Generators for other programs, with model cards. */
import { INFERENCE } from "../../base/module.ts";
import { rngOf } from "../../base/rng.ts";
import type { tf } from "../../base/tf.ts";
import { shortLabel } from "../../base/short_label.ts";
import { isGan } from "../../experiments/specification/gan_schema.ts";
import { generatorGraph } from "../../export/network_graph.ts";
import { writeExport } from "../../export/write_export.ts";
import { makeWritableFolder } from "../../setup/writable_folder.ts";
import { settingTitle } from "../student_record.ts";
import {
  dataOf,
  type ExportingRun,
  type ExportRequest,
  folderIn,
  identitiesOf,
  nameOf,
  trainingOf,
} from "./card_parts.ts";

/**
 * Exports the generator of a run with its label embedding: latents and labels to pixels.
 *
 * @returns The folder.
 * @throws {RangeError} It is a diffusion model, whose images take many passes.
 */
export async function exportGenerator(
  run: ExportingRun,
  { out, formats = ["layers"] }: ExportRequest,
): Promise<string> {
  const { dataset, setting, specification } = run.context;
  const { gan: { family } } = specification;
  if (!isGan(specification.gan)) {
    throw new RangeError(
      `Cannot export the generator "${family}": it is a diffusion model, which draws an image in many passes; want a GAN`,
    );
  }
  const { train: { task } } = dataset;
  const trained = await run.gan();
  const condition = (await run.condition()).open();
  const generator = trained.open();
  const labelSize = task.kind === "classification" ? task.classes : 1;
  const { embedding } = condition;
  const conditionOf = (labels: tf.Tensor2D) =>
    embedding === undefined ? labels : embedding.conditionOfTensor(labels);
  const place = settingTitle(specification, setting);
  const folder = folderIn(out, `generator ${family} ${place}`);
  try {
    await makeWritableFolder(folder);
    await writeExport({
      graph: generatorGraph({
        generator,
        labelSize,
        condition: conditionOf,
        variables: embedding?.parameters.entries(),
      }),
      name: nameOf(`generator ${family}`),
      output: "image",
      scale: 127.5,
      rng: rngOf(0, "export"),
      example: (rng, count) => ({
        latent: Float32Array.from({ length: count * generator.latentSize }, () => rng.normal()),
        label: task.kind === "regression"
          ? Float32Array.from(
            { length: count },
            () => task.minimum + rng.uniform() * (task.maximum - task.minimum),
          )
          : Float32Array.from(
            { length: count * labelSize },
            (_, i) => i % (labelSize + 1) === 0 ? 1 : 0,
          ),
      }),
      forward: (latent, labels) =>
        generator.forward(latent as tf.Tensor2D, conditionOf(labels as tf.Tensor2D), INFERENCE)
          .add(1).mul(127.5),
      card: {
        title: `Generator ${family}, on ${dataset.name} ${place}`,
        task: "Draws images for labels of your choice.",
        inputs: {
          latent: `float32 \`[batch, ${generator.latentSize}]\`, standard normal`,
          label: task.kind === "classification"
            ? `float32 \`[batch, ${labelSize}]\`, one-hot`
            : `float32 \`[batch, 1]\`, ${shortLabel(task.minimum)} to ${
              shortLabel(task.maximum)
            } ${task.unit}`,
        },
        output: "pixels `[batch, height, width, 3]` from 0 to 255, not rounded",
        ...(task.kind === "classification" && { classes: task.classNames }),
        data: dataOf(run),
        training: trainingOf(trained.artifact, {
          experiment: run.experiment.title,
          setting,
          steps: trained.steps,
        }),
        identities: identitiesOf(trained.artifact),
      },
    }, { folder, formats });
  } finally {
    generator.parameters.dispose();
    condition.dispose();
  }
  return folder;
}
