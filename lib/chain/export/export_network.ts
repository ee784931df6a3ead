/** Students and teachers for other programs, with model cards. */
import type { Task } from "../../base/contracts.ts";
import type { RunRecord } from "../../base/disk/records.ts";
import { errorRateInterval, meanInterval, spreadOf } from "../../base/metrics.ts";
import { INFERENCE } from "../../base/module.ts";
import { rngOf } from "../../base/rng.ts";
import { tf } from "../../base/tf.ts";
import { shortLabel } from "../../base/short_label.ts";
import type { CardMetric, ModelCard } from "../../export/model_card.ts";
import { networkGraph } from "../../export/network_graph.ts";
import { writeExport } from "../../export/write_export.ts";
import type { Network } from "../../networks/network.ts";
import { networkSpeed } from "../../networks/network_speed.ts";
import { predict } from "../../networks/supervised.ts";
import type { SizedNetwork, Specification } from "../../experiments/specification/schema.ts";
import { cellKey, newest } from "../../report/result_rows.ts";
import { makeWritableFolder } from "../../setup/writable_folder.ts";
import type { TrainedNetwork } from "../stages/network_job.ts";
import { settingTitle } from "../student_record.ts";
import { titleAmong } from "../title_among.ts";
import {
  dataOf,
  type ExportingRun,
  type ExportRequest,
  folderIn,
  identitiesOf,
  nameOf,
  trainingOf,
} from "./card_parts.ts";

/** What is exported: a network with the words of its place. */
export interface ExportedPart {
  readonly network: TrainedNetwork;
  /** Such as "cGAN-KD" or "teacher". */
  readonly method: string;
  readonly seed?: number;
  /** The teacher that took part. */
  readonly teacher?: TrainedNetwork;
  /** Of students: what its record holds. */
  readonly record?: RunRecord;
}

/**
 * Exports a student or a teacher, and loads it again to compare.
 *
 * @returns The folder.
 */
export async function exportNetwork(
  run: ExportingRun,
  part: ExportedPart,
  { out, formats = ["layers"] }: ExportRequest,
): Promise<string> {
  const { dataset, setting, specification } = run.context;
  const { network: trained, method, seed } = part;
  const { normalisation } = trained;
  const { train: { task, images } } = dataset;
  const imageSize = images.shape.height;
  const scale = task.kind === "regression" ? task.scale : 1;
  const seedWords = seed === undefined ? "" : `, seed ${seed}`;
  const [name, taught] = namesOf(specification, part);
  const place = settingTitle(specification, setting);
  const title = `${name}, ${method}${taught}, on ${dataset.name} ${place}${seedWords}`;
  const folder = folderIn(out, `${name} ${method}${taught} ${place}${seedWords}`);
  await makeWritableFolder(folder);
  const network = trained.open();
  try {
    const metric = await metricOf(run, part, network);
    const speed = await networkSpeed(network, imageSize);
    await writeExport({
      graph: networkGraph({ network, imageSize, normalisation, scale }),
      name: nameOf(`${trained.title} ${method}`),
      output: task.kind === "regression" ? "label" : "logits",
      scale,
      rng: rngOf(0, "export"),
      example: (rng, count) => ({
        image: Float32Array.from(
          { length: count * imageSize * imageSize * 3 },
          () => rng.integer(256),
        ),
      }),
      forward(pixels) {
        const { mean, std } = normalisation;
        const x = pixels!.div(255).sub(tf.tensor1d([...mean])).div(tf.tensor1d([...std]));
        return network.forward(x as tf.Tensor4D, INFERENCE).output.mul(scale);
      },
      card: {
        title,
        ...meaningOf(task, imageSize),
        data: dataOf(run),
        metric,
        training: trainingOf(trained.artifact, {
          experiment: run.experiment.title,
          setting,
          method,
          ...(part.teacher && {
            teacher: `${part.teacher.title}, ${part.teacher.test.toFixed(2)} ${metric.unit}`,
          }),
        }),
        cost: { imagesPerSecond: { value: speed.imagesPerSecond, where: speed.where } },
        identities: identitiesOf(trained.artifact, part.record),
      },
    }, { folder, formats });
  } finally {
    network.parameters.dispose();
  }
  return folder;
}

/** A network and " from " its teacher, each as far as another one of the run has the same words. */
function namesOf(
  { students, teachers }: Specification,
  { network, method, record, teacher }: ExportedPart,
): [name: string, taught: string] {
  const sized = ({ artifact }: TrainedNetwork): SizedNetwork => {
    const { network, options } = artifact.key.specification as {
      readonly network: SizedNetwork["network"];
      readonly options: Pick<SizedNetwork, "width">;
    };
    return { network, width: options.width };
  };
  const name = method === "teacher" ? network.title : titleAmong(students, sized(network));
  const isOneOfSeveral = record?.cell.teacher !== undefined && teachers.length > 1;
  if (!isOneOfSeveral || teacher === undefined) return [name, ""];
  return [name, ` from ${titleAmong(teachers, sized(teacher))}`];
}

/** What a network of a task reads and gives, in words. */
function meaningOf(
  task: Task,
  side: number,
): Pick<ModelCard, "task" | "inputs" | "output" | "classes"> {
  const image = `float32 \`[batch, ${side}, ${side}, 3]\`: red, green and blue from 0 to 255, ` +
    "not normalised; the network does that itself";
  return task.kind === "classification"
    ? {
      task: `Classifies ${side} x ${side} colour images into ${task.classes} classes.`,
      inputs: { image },
      output: `logits \`[batch, ${task.classes}]\`; a softmax makes probabilities of them`,
      classes: task.classNames,
    }
    : {
      task:
        `Predicts a label from ${shortLabel(task.minimum)} to ${
          shortLabel(task.maximum)
        } ${task.unit} of ` +
        `${side} x ${side} colour images.`,
      inputs: { image },
      output: `\`[batch, 1]\`, in ${task.unit}`,
    };
}

async function metricOf(
  run: ExportingRun,
  { network: { normalisation, test }, record }: ExportedPart,
  network: Network,
): Promise<CardMetric> {
  const { dataset } = run.context;
  const { title: name, unit } = run.experiment.metric;
  const { labels, task } = dataset.test;
  const seeds = record === undefined
    ? []
    : (await run.recordList()).filter(({ recipe, cell }) =>
      recipe === record.recipe && cellKey(cell) === cellKey(record.cell)
    );
  // Runs that share a student have a record of it each.
  const values = [...newest(seeds).values.values()];
  let interval;
  if (task.kind === "classification") interval = errorRateInterval(test, labels.length);
  else {
    const outputs = await predict(network, dataset.test, { normalisation });
    interval = meanInterval(outputs.map((one, i) => Math.abs(one * task.scale - labels[i]!)));
  }
  return {
    name,
    unit,
    value: test,
    interval,
    images: labels.length,
    ...(values.length > 0 && { seeds: spreadOf(values) }),
  };
}
