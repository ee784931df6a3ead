import assert from "node:assert/strict";
import { join } from "../../base/disk/path.ts";
import { tf } from "../../base/tf.ts";
import { type ExportFormat, writeExport } from "../../export/write_export.ts";
import type { GanFamily } from "../../gan/gan.ts";
import type { NetworkFamily } from "../../networks/network.ts";
import { GANS, NETWORKS } from "../../registry.ts";
import {
  contentsOf,
  type Exportable,
  exportableGenerator,
  exportableNetwork,
} from "../../testing/exports.ts";
import type { Column } from "../../testing/network_families.ts";

/** Networks whose form differs by the kind of label or the size of images; the others are written at 32 x 32 alone. */
const FORMS: readonly (readonly [string, Column])[] = [
  ["vgg11", "tiny_imagenet"],
  ["shufflenet_v2", "tiny_imagenet"],
  ["mobilenet_v2", "regression"],
  ["shufflenet_v2", "regression"],
  ["efficientnet_b0", "regression"],
];
const networks: Readonly<Record<string, NetworkFamily>> = NETWORKS;
const gans: Readonly<Record<string, GanFamily>> = GANS;
const isScalar = (name: string) => name === "sngan" || name === "sagan";

/** Every part that can be exported, by name. */
const PARTS: readonly (readonly [string, () => Exportable | Promise<Exportable>])[] = [
  ...[...Object.keys(networks).map((name) => [name, "cifar10"] as const), ...FORMS]
    .map(([name, column]) =>
      [`${name} ${column}`, () => exportableNetwork(networks[name]!, column)] as const
    ),
  ...Object.keys(gans).map((name) =>
    [name, () => exportableGenerator(gans[name]!, isScalar(name) ? "scalar" : "classes")] as const
  ),
];
/** A Python with keras and onnxruntime; see `lib/export/check_export.py`. */
const PYTHON = Deno.env.get("CGAN_KD_PYTHON");

async function write(name: string, folder: string, formats: readonly ExportFormat[]) {
  const [, make] = PARTS.find(([known]) => known === name)!;
  const exportable = await make();
  try {
    // It throws where the LayersModel gives other outputs.
    return await writeExport(contentsOf(exportable, name.replaceAll(" ", "_")), {
      folder,
      formats,
    });
  } finally {
    exportable.dispose();
  }
}

for (const [name] of PARTS) {
  Deno.test(`a LayersModel gives what ${name} gives`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const before = tf.memory().numTensors;
      await write(name, folder, ["layers"]);
      assert.equal(tf.memory().numTensors, before);
      const { output } = JSON.parse(await Deno.readTextFile(join(folder, "example.json")));
      const values: number[] = output.values;
      const [first, second] = [0, 1].map((half) =>
        values.slice(half * values.length / 2, (half + 1) * values.length / 2)
      );
      // Outputs of two inputs differ: the network is alive.
      assert.ok(
        first!.some((value, i) => Math.abs(value - second![i]!) > 0.01),
        `${values.slice(0, 20)}`,
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test({
  name: "Keras and onnxruntime give what every network and generator gives",
  ignore: PYTHON === undefined,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const folders = PARTS.map(([name]) => join(folder, name.replaceAll(" ", "_")));
      for (const [i, [name]] of PARTS.entries()) {
        await write(name, folders[i]!, ["keras", "onnx"]);
      }
      const script = new URL(import.meta.resolve("../../export/check_export.py")).pathname;
      const { success, stdout, stderr } = await new Deno.Command(PYTHON!, {
        args: [script, ...folders],
        env: { CUDA_VISIBLE_DEVICES: "", TF_CPP_MIN_LOG_LEVEL: "3" },
      }).output();
      const [text, problems] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      assert.ok(success, `${text}\n${problems}`);
      assert.equal(text!.match(/differs by/g)?.length, 2 * PARTS.length, String(text));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
