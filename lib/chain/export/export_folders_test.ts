import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { writeRecord } from "../../base/disk/records.ts";
import { openSmallest } from "../../testing/smallest_run.ts";

const TEACHERS = '[{"network":"vgg11","width":0.0625},{"network":"vgg13","width":0.0625}]';
const STUDENTS = '[{"network":"vgg11","width":0.0625},{"network":"vgg11","width":0.125}]';

Deno.test("students that differ by teacher or width are exported to folders of their own", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const changes = {
      teachers: TEACHERS,
      students: STUDENTS,
      distillers: '["blkd"]',
      trainOn: '["real"]',
    };
    const { run } = openSmallest({ results: join(folder, "results"), changes });
    const out = join(folder, "export");
    const students = await run.students();
    const places: string[] = [];
    for (const student of students) places.push(await run.export(student, { out }));
    assert.deepEqual(places.map((place) => basename(place)).sort(), [
      "VGG11_width_0_0625_BLKD_from_VGG11_toy_seed_2020",
      "VGG11_width_0_0625_BLKD_from_VGG13_toy_seed_2020",
      "VGG11_width_0_125_BLKD_from_VGG11_toy_seed_2020",
      "VGG11_width_0_125_BLKD_from_VGG13_toy_seed_2020",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an export beside one of another network leaves no file of that one, beside its own all", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const out = join(folder, "export");
    const exportedBy = async (epochs: string, formats: ("keras" | "onnx")[]) => {
      const changes = { "studentTraining.epochs": epochs };
      const { run } = openSmallest({ results: join(folder, "results"), changes });
      const [student] = await run.students({ cells: "VGG11, NOKD" });
      const place = await run.export(student!, { out, formats });
      const there = [...Deno.readDirSync(place)].map(({ name }) => name);
      const { files } = JSON.parse(await Deno.readTextFile(join(place, "card.json")));
      const named = files.map(({ name }: { name: string }) => name).sort();
      assert.deepEqual(there.filter((name) => /^(model|weights)\./.test(name)).sort(), named);
      return named;
    };
    assert.deepEqual(await exportedBy("1", ["keras"]), ["model.h5"]);
    assert.deepEqual(await exportedBy("1", ["onnx"]), ["model.h5", "model.onnx"]);
    assert.deepEqual(await exportedBy("2", ["onnx"]), ["model.onnx"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a card counts each seed once, of errors on the same images", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { run } = openSmallest({ results: join(folder, "results") });
    const [student] = await run.students({ cells: "VGG11, NOKD" });
    const { record } = student!;
    const { cell, value } = record;
    const kept = [
      // Looked up in a run that changed only fakes, and measured on other images.
      { ...record, specification: "0123456789abcdef" },
      { ...record, cell: { ...cell, setting: `${cell.setting}, unused` }, value: value + 30 },
      { ...record, seed: 2021, value: value + 2 },
    ];
    for (const one of kept) await writeRecord(run.results, one);
    const place = await run.export(student!, { out: join(folder, "export") });
    const { metric } = JSON.parse(await Deno.readTextFile(join(place, "card.json")));
    assert.equal(metric.seeds.count, 2);
    assert.equal(metric.seeds.mean, value + 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
