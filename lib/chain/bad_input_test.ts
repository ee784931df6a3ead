import assert from "node:assert/strict";
import hdf5 from "h5wasm/node";
import { join } from "../base/disk/path.ts";
import type { ProgressEvent } from "../base/progress.ts";
import { DATA_VARIABLE } from "../setup/folders.ts";
import { toyShapes } from "../data/toy/shapes.ts";
import { cifar10 } from "../experiments/cifar10.ts";
import { type GanSpecification, resolve } from "../experiments/specification/experiment.ts";
import { isGan } from "../experiments/specification/gan_schema.ts";
import { openRun } from "./open_run.ts";
import { rc49 } from "../experiments/rc49.ts";
import { ExperimentRun } from "./run.ts";
import type { Session } from "./session.ts";

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Everything below reads its images from `folder`. */
async function withData(folder: string, work: () => Promise<void>): Promise<void> {
  const before = Deno.env.get(DATA_VARIABLE);
  Deno.env.set(DATA_VARIABLE, folder);
  try {
    await work();
  } finally {
    if (before === undefined) Deno.env.delete(DATA_VARIABLE);
    else Deno.env.set(DATA_VARIABLE, before);
  }
}

const dataset = toyShapes({ perClass: 8, testPerClass: 4 });

/** The chain at preset smoke, with the states of its stages. */
function openToy(
  results: string,
  changes: Record<string, string>,
  gan: Partial<GanSpecification> = {},
) {
  const states = new Map<string, string>();
  const session: Session = {
    progress: ({ stage, state }: ProgressEvent) => void states.set(stage, state),
    signal: new AbortController().signal,
    live: (work) => work,
  };
  const checked = resolve(cifar10, "smoke", changes);
  assert.ok(isGan(checked.gan));
  const specification = { ...checked, gan: { ...checked.gan, ...gan } };
  const planned = {
    experiment: cifar10,
    preset: "smoke",
    setting: "toy",
    specification,
    changes,
  } as const;
  return { run: new ExperimentRun(planned, dataset, { results, session }), states };
}

Deno.test("openRun() names the array that an HDF5 file lacks, and what to do", () =>
  withFolder((folder) =>
    withData(folder, async () => {
      await hdf5.ready;
      const file = new hdf5.File(join(folder, "RC-49_64x64_5.h5"), "w");
      file.create_dataset({ name: "labels_odd", data: Float64Array.of(0.1), shape: [1] });
      file.close();
      await assert.rejects(openRun(rc49, { preset: "paper", setting: "R-5" }), {
        name: "RangeError",
        message:
          /^Cannot read ".*_5\.h5": found arrays "labels_odd", want "images_odd"; get the file /,
      });
    })
  ));

Deno.test("openRun() refuses cells that are not there, before it loads data", () =>
  withFolder((folder) =>
    withData(
      folder,
      () =>
        assert.rejects(openRun(cifar10, { preset: "paper", cells: "NOKDD" }), {
          name: "RangeError",
          message: /^Cannot find students of cells "NOKDD": known cells are "vgg11, NOKD", /,
        }),
    )
  ));

Deno.test("a cGAN that gives NaN stops with stage, step and seed, and is not kept", () =>
  withFolder(async (folder) => {
    // A rate that `resolve` refuses.
    const { run } = openToy(folder, { "gan.steps.toy": "4" }, { generatorRate: 1e30 });
    await assert.rejects(run.gan(), {
      name: "RangeError",
      message: /cGAN.*toy.*step \d+.*seed \d+/i,
    });
    const kept = Array.from(Deno.readDirSync(join(folder, ".work")), ({ name }) => name);
    for (const name of kept) {
      const files = Array.from(Deno.readDirSync(join(folder, ".work", name)), (file) => file.name);
      assert.ok(!name.startsWith("cgan-") || !files.includes("arrays.safetensors"), name);
    }
  }));

/** A file system of so many KiB at `place`; false where this user may not make one. */
async function mount(place: string, kibibytes: number, isAgain = false): Promise<boolean> {
  const options = `${isAgain ? "remount," : ""}size=${kibibytes}k`;
  const command = new Deno.Command("mount", {
    args: ["-t", "tmpfs", "-o", options, "tmpfs", place],
    stderr: "null",
  });
  return await command.output().then(({ success }) => success, () => false);
}

Deno.test("a full disk ends a run with what to do, and nothing computed is lost", (t) =>
  withFolder(async (folder) => {
    const place = join(folder, "disk");
    await Deno.mkdir(place);
    if (!await mount(place, 1024)) {
      // Only root may mount; `writeAtomically()` is tested without.
      await t.step({ name: "needs the right to mount", ignore: true, fn: () => {} });
      return;
    }
    try {
      const changes = {
        students: '[{"network": "vgg11", "width": 0.0625}]',
        distillers: '["nokd", "blkd"]',
        trainOn: '["real"]',
        "studentTraining.epochs": "1",
        "teacherTraining.epochs": "1",
        "filterTeacher.width": "0.125",
      };
      const first = openToy(place, changes);
      const [plain] = await first.run.students({ cells: "nokd" });
      await assert.rejects(first.run.teacher(), {
        message: /^Cannot write ".*": No space left on device.*; free disk space .* kept$/,
      });
      assert.ok(await mount(place, 16_384, true));
      const again = openToy(place, changes);
      const students = await again.run.students();
      assert.equal(students[0]!.record.value, plain!.record.value);
      const [state] = again.states.values();
      assert.equal(state, "reused");
      assert.equal(students.length, 2);
    } finally {
      await new Deno.Command("umount", { args: [place] }).output();
    }
  }));
