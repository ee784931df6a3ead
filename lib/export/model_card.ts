/** What goes with an exported network: a page for people, and the same as JSON. */
import type { Interval } from "../base/metrics.ts";

/** What somebody should know of a network before using it. */
export interface ModelCard {
  /** Such as "VGG11, cGAN-KD, on CIFAR-10 C-10K, seed 1". */
  readonly title: string;
  /** Sentences on what it does, what it reads and what it gives. */
  readonly task: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly output: string;
  /** Classes in the order of the outputs; absent for scalar labels. */
  readonly classes?: readonly string[];
  /** Data set, setting, and where the images come from. */
  readonly data: {
    readonly name: string;
    readonly source: string;
    readonly checksum: string;
  };
  /** Figure on the test set; absent where none was measured. */
  readonly metric?: CardMetric;
  /** Of a training: method, teacher, recipe and so on. */
  readonly training: Readonly<Record<string, string | number>>;
  /** What it takes. */
  readonly cost: CardCost;
  /** By which the training and its parts can be found again. */
  readonly identities: Readonly<Record<string, string>>;
}

/** A figure with what it rests on. */
export interface CardMetric {
  /** Such as "test error". */
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** 95 %, over test images: how far the figure of these weights may be off. */
  readonly interval: Interval;
  readonly images: number;
  /** Of trainings that differ by the seed, this one among them: mean and half of Student's 95 % interval. */
  readonly seeds?: { readonly count: number; readonly mean: number; readonly halfWidth?: number };
}

/** Size and work of a network. */
export interface CardCost {
  /** Numbers that it stores, running statistics included, and their bytes. */
  readonly numbers: number;
  readonly bytes: number;
  /** Of one image. */
  readonly multiplyAdds: number;
  /** With TensorFlow, where it was exported; absent where not measured. */
  readonly imagesPerSecond?: { readonly value: number; readonly where: string };
}

/** A file of the export: its name and hash. */
export interface ExportedFile {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256, hexadecimal. */
  readonly sha256: string;
}

/** The card as a page. */
export function cardPage(card: ModelCard, files: readonly ExportedFile[]): string {
  const { title, task, inputs, output, classes, data, metric, training, cost, identities } = card;
  const rows = (entries: Readonly<Record<string, string | number>>) =>
    Object.entries(entries).map(([name, value]) => `| ${name} | ${value} |`);
  const table = (
    head: string,
    lines: readonly string[],
  ) => [`| ${head} | |`, "|---|---|", ...lines];
  return [
    `# ${title}`,
    "",
    task,
    "",
    ...table("input and output", [
      ...Object.entries(inputs).map(([name, text]) => `| input \`${name}\` | ${text} |`),
      `| output | ${output} |`,
      ...(classes === undefined ? [] : [`| classes, from 0 | ${classes.join(", ")} |`]),
    ]),
    "",
    "## How good it is",
    "",
    metric === undefined ? "No figure on test images was measured." : metricText(metric),
    "",
    "## What it takes",
    "",
    `${grouped(cost.numbers)} numbers (${grouped(cost.bytes)} bytes), ${
      grouped(cost.multiplyAdds)
    } multiply-adds an image.` +
    (cost.imagesPerSecond === undefined
      ? ""
      : ` ${
        grouped(cost.imagesPerSecond.value)
      } images a second on ${cost.imagesPerSecond.where}.`),
    "",
    "## How it was trained",
    "",
    ...table("data", rows({ set: data.name, source: data.source, checksum: data.checksum })),
    "",
    ...table("training", rows(training)),
    "",
    ...table("identities", rows(identities)),
    "",
    "## Files",
    "",
    "| file | bytes | SHA-256 |",
    "|---|---:|---|",
    ...files.map(({ name, bytes, sha256 }) => `| ${name} | ${grouped(bytes)} | ${sha256} |`),
    "",
    ...usage(files, inputs),
    "`example.json` holds inputs of random numbers and what the network gave for them where it was trained.",
    "",
  ].join("\n");
}

function metricText({ name, unit, value, interval, images, seeds }: CardMetric): string {
  const number = (one: number) => `${one.toFixed(2)} ${unit}`;
  const own = `${name}: ${number(value)} on ${grouped(images)} test images, 95 % interval ${
    interval.low.toFixed(2)
  } to ${number(interval.high)}.`;
  if (seeds === undefined || seeds.count < 2) {
    return `${own} One seed: how far another training would differ is not known.`;
  }
  return `${own} Mean of ${seeds.count} seeds: ${number(seeds.mean)}` +
    (seeds.halfWidth === undefined ? "." : `, 95 % interval ± ${seeds.halfWidth.toFixed(2)}.`);
}

/** How each of the files is loaded. */
function usage(
  files: readonly ExportedFile[],
  inputs: Readonly<Record<string, string>>,
): string[] {
  const names = Object.keys(inputs);
  const has = (name: string) => files.some((file) => file.name === name);
  const fed = names.map((name) => `"${name}": ${name}`).join(", ");
  const lines = [
    ...(has("model.json")
      ? ['    const model = await tf.loadLayersModel("model.json");   // TensorFlow.js']
      : []),
    ...(has("model.h5") ? ['    model = keras.models.load_model("model.h5", compile=False)'] : []),
    ...(has("model.onnx")
      ? [`    onnxruntime.InferenceSession("model.onnx").run(None, {${fed}})`]
      : []),
  ];
  return lines.length === 0 ? [] : [...lines, ""];
}

function grouped(value: number): string {
  return Math.round(value).toLocaleString("en");
}
