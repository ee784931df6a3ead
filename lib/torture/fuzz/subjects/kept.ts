/** What the product keeps and reads again: weights, checkpoints, stage results, records, pools of fakes, notebooks. */
import { readCheckpoint, writeCheckpoint } from "../../../base/disk/checkpoint.ts";
import { join } from "../../../base/disk/path.ts";
import { readRecord, type RunRecord, writeRecord } from "../../../base/disk/records.ts";
import { readSafetensors, writeSafetensors } from "../../../base/disk/safetensors.ts";
import { Store } from "../../../base/disk/store.ts";
import { constant, ParameterSet, Scope } from "../../../base/module.ts";
import { rngOf } from "../../../base/rng.ts";
import type { Regression } from "../../../base/contracts.ts";
import { parseNotebook } from "../../../cli/notebook_file.ts";
import { openFakeShards, openFinishedPool } from "../../../synthesis/pool/shards.ts";
import { bytesOf, type Files, type Sample, type Subject } from "../subject.ts";

/** What `write` leaves in a folder. */
async function filesOf(write: (folder: string) => Promise<unknown>): Promise<Files> {
  const root = await Deno.makeTempDir();
  try {
    await write(root);
    const files: Record<string, Uint8Array> = {};
    const walk = async (below: string) => {
      for await (const { name, isDirectory } of Deno.readDir(join(root, below))) {
        const path = below === "" ? name : `${below}/${name}`;
        if (isDirectory) await walk(path);
        else if (name !== "lock") files[path] = await Deno.readFile(join(root, path));
      }
    };
    await walk("");
    return files;
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const WEIGHTS = {
  w: { shape: [2, 3], values: Float32Array.of(1, -2, 0.5, 3, 4, 5) },
  n: { shape: [4], values: Int32Array.of(1, 2, 3, 4) },
  b: { shape: [3], values: Uint8Array.of(7, 8, 9) },
};

/** A file of another program: without a checksum of ours. */
function foreignFile(): Uint8Array {
  const header = bytesOf(JSON.stringify({
    h: { dtype: "F16", shape: [2], data_offsets: [0, 4] },
    l: { dtype: "I64", shape: [1], data_offsets: [4, 12] },
    e: { dtype: "F32", shape: [0, 5], data_offsets: [12, 12] },
  }));
  const bytes = new Uint8Array(8 + header.length + 12);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  bytes.set([0, 60, 0, 192, 5], 8 + header.length);
  return bytes;
}

const WEIGHTS_FILE = "weights.safetensors";

const safetensors: Subject = {
  name: "safetensors",
  samples: async () => [
    {
      name: "ours",
      files: await filesOf((folder) =>
        writeSafetensors(join(folder, WEIGHTS_FILE), { arrays: WEIGHTS, metadata: { id: "w" } })
      ),
      // Nothing tells that it was ours once its checksum's name is damaged; arrays then follow from the header.
      value: "any",
    },
    { name: "foreign", files: { [WEIGHTS_FILE]: foreignFile() }, value: "any" },
  ],
  read: async (folder) => {
    const { arrays, metadata } = await readSafetensors(join(folder, WEIGHTS_FILE));
    const entries = Object.entries(arrays).sort(([a], [b]) => a < b ? -1 : 1);
    return [
      JSON.stringify(metadata),
      ...entries.flatMap(([name, { shape, values }]) => [`${name} ${shape.join()}`, values]),
    ];
  },
};

const CHECKPOINT_FILE = "checkpoint.safetensors";

function model(): ParameterSet {
  const parameters = new ParameterSet();
  new Scope(parameters, rngOf(1)).weight("w", [3], constant(1));
  return parameters;
}

const checkpoint: Subject = {
  name: "checkpoint",
  samples: async () => {
    const state = model();
    const files = await filesOf((folder) =>
      writeCheckpoint(join(folder, CHECKPOINT_FILE), {
        step: 150,
        history: [{ step: 100, loss: 0.5 }],
        row: [{ loss: 0.25 }],
        seconds: 12.5,
      }, { model: state })
    );
    state.dispose();
    return [{ name: "a step", files, value: "any" }];
  },
  read: async (folder) => {
    const state = model();
    try {
      const found = await readCheckpoint(join(folder, CHECKPOINT_FILE), { model: state });
      return [JSON.stringify(found), (await state.read()).w!.values];
    } finally {
      state.dispose();
    }
  },
};

const STAGE_KEY = { stage: "toy", codeVersion: 1, specification: { seed: 1 }, inputs: {} };

const artifact: Subject = {
  name: "stage result",
  unit: "toy-",
  samples: async () => {
    const files = await filesOf((folder) =>
      new Store(folder).stage(
        STAGE_KEY,
        () => Promise.resolve({ arrays: WEIGHTS, notes: { curve: [1, 0.5], title: "toy" } }),
      )
    );
    const [description] = Object.keys(files).filter((name) => name.endsWith("artifact.json"));
    const [arrays] = Object.keys(files).filter((name) => name.endsWith(".safetensors"));
    return [
      { name: "arrays", files, damaged: [arrays!], value: "equal" },
      // Without the checksum's name it is a description of an older version.
      { name: "description", files, damaged: [description!], value: "any" },
    ];
  },
  read: async (folder) => {
    const [entry] = await Array.fromAsync(Deno.readDir(folder));
    const found = await new Store(folder).find(entry!.name);
    if (found === undefined) return ["nothing"];
    return [
      JSON.stringify(found.notes),
      ...Object.values(found.arrays).map(({ values }) => values),
    ];
  },
};

const RECORD: RunRecord = {
  experiment: "cifar10",
  preset: "desk",
  cell: { dataset: "CIFAR-10", setting: "C-10K", student: "VGG11", method: "NOKD" },
  seed: 1,
  metric: "error_rate_pct",
  unit: "%",
  value: 21.5,
  data: { name: "CIFAR-10", checksum: "abc" },
  backend: { name: "native", device: "CPU", version: "2.21.0" },
  versions: { deno: "2.9.6" },
  wallSeconds: 1.5,
  revision: "0",
  stages: { student: "student-1" },
  specification: "spec1",
  recipe: "recipe1",
  time: "2026-01-01T00:00:00Z",
};

const record: Subject = {
  name: "record",
  samples: async () => {
    const files = await filesOf((folder) => writeRecord(folder, RECORD));
    // Without the checksum's name it is a record of an older version.
    return [{ name: "of a student", files, value: "any" }];
  },
  read: async (folder, files) => {
    const [name] = Object.keys(files);
    return [JSON.stringify(await readRecord(join(folder, name!)))];
  },
};

const AGES: Regression = {
  kind: "regression",
  minimum: 1,
  maximum: 60,
  scale: 60,
  unit: "years",
  labels: [1, 20, 40],
};
const POOL = { labels: AGES.labels, perLabel: 4, task: AGES, identity: "pool" };

const pool: Subject = {
  name: "pool of fakes",
  unit: "pool",
  samples: async () => {
    const files = await filesOf((folder) => {
      const shards = openFakeShards({ ...POOL, folder: join(folder, "pool") });
      for (const [k, label] of AGES.labels.entries()) {
        shards.append({
          label,
          bytes: Uint8Array.from({ length: 4 * 12 }, (_, i) => 30 * k + i),
          shape: { height: 2, width: 2, channels: 3 },
          draws: Int32Array.of(k, 1, 2, 3),
          acceptedRatios: Float32Array.of(k, 1, 2, 3),
          drawnRatios: Float32Array.of(0.5, k),
          acceptance: {
            label,
            accepted: 4,
            drawn: 9,
            acceptanceRate: 0.5,
            greatestRatio: 3,
            burnInsRedrawn: 0,
          },
        });
      }
      shards.finish().close();
      return Promise.resolve();
    });
    const names = Object.keys(files);
    return [
      {
        name: "pixels and numbers",
        files,
        damaged: names.filter((name) => !name.endsWith(".jsonl")),
        value: "equal",
      },
      // Without the checksum's name a label is one of an older version.
      {
        name: "index",
        files,
        damaged: names.filter((name) => name.endsWith(".jsonl")),
        value: "any",
      },
    ];
  },
  read: (folder) => {
    using found = openFinishedPool({ ...POOL, folder: join(folder, "pool") });
    const { images, labels } = found.set;
    const pixels = new Uint8Array(images.count * 12);
    for (let i = 0; i < images.count; i++) images.read(i, pixels, 12 * i);
    return Promise.resolve([pixels, Float32Array.from(labels), found.draws!, found.drawnRatios!]);
  },
};

const notebook: Subject = {
  name: "notebook",
  samples: (): Promise<Sample[]> => {
    const text = JSON.stringify({
      cells: [
        { cell_type: "markdown", id: "a", metadata: {}, source: ["# Title\n", "Words."] },
        {
          cell_type: "code",
          execution_count: 1,
          metadata: { tags: ["parameters"] },
          outputs: [{ output_type: "display_data", data: { "text/plain": ["1"] } }],
          source: "const preset = 1;",
        },
      ],
      metadata: { kernelspec: { name: "deno" } },
      nbformat: 4,
      nbformat_minor: 5,
    });
    const files = { "page.ipynb": bytesOf(text) };
    return Promise.resolve([{ name: "two cells", files, value: "any" }]);
  },
  read: async (folder) => {
    const path = join(folder, "page.ipynb");
    return [JSON.stringify(parseNotebook(await Deno.readTextFile(path), path))];
  },
};

export const KEPT_SUBJECTS: readonly Subject[] = [
  safetensors,
  checkpoint,
  artifact,
  record,
  pool,
  notebook,
];
