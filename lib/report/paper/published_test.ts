import assert from "node:assert/strict";
import { publishedResults, publishedTable, publishedTeacher, publishedValue } from "./published.ts";

Deno.test("publishedResults() holds the 291 published values, all positive numbers", () => {
  const rows = publishedResults();
  assert.equal(rows.length, 291);
  assert.ok(rows.every((row) => row.value > 0 && Number.isFinite(row.value)));
  const count = (table: string) => rows.filter((row) => row.table === table).length;
  assert.deepEqual(["1", "2", "3", "7", "7-v3"].map(count), [162, 18, 81, 18, 12]);
  // Exact to the last digit: the sum in hundredths over all cells.
  const cents = rows.reduce((sum, row) => sum + Math.round(row.value * 100), 0);
  assert.equal(cents, 288020);
});

Deno.test("publishedValue() finds single cells of every table", () => {
  const c10k = { dataset: "CIFAR-10", setting: "C-10K" };
  const vgg = { ...c10k, student: "VGG11" };
  assert.equal(
    publishedValue({ ...vgg, table: "1", teacher: "DenseNet-121", method: "cGAN-KD" }),
    14.32,
  );
  assert.equal(
    publishedValue({ ...vgg, table: "2", teacher: "ResNet-18", method: "cGAN-KD+SSKD" }),
    12.33,
  );
  assert.equal(
    publishedValue({ ...vgg, table: "3", teacher: "DenseNet-121", method: "NOKD" }),
    18.61,
  );
  assert.equal(
    publishedValue({ table: "7", setting: "R-5", student: "MobileNetV2", method: "cGAN-KD" }),
    1.18,
  );
  assert.equal(
    publishedValue({ dataset: "UTKFace", student: "ResNet20", method: "NOKD" }),
    6.87,
  );
});

Deno.test("publishedValue() reads the names of the registry as well", () => {
  assert.equal(
    publishedValue({
      table: "1",
      dataset: "cifar10",
      setting: "c-50k",
      teacher: "mobilenet_v2",
      student: "efficientnet_b0",
      method: "cgan-kd+takd",
    }),
    6.05,
  );
});

Deno.test("publishedValue() needs no teacher where the paper's rows agree", () => {
  const query = { table: "1", setting: "C-50K", student: "VGG11", method: "NOKD" };
  assert.equal(publishedValue(query), 8.42);
  assert.equal(publishedValue({ ...query, teacher: "none" }), 8.42);
});

Deno.test("publishedValue() is undefined for a cell the paper does not have", () => {
  assert.equal(publishedValue({ setting: "C-5K", method: "NOKD" }), undefined);
  assert.equal(publishedValue({ setting: "R-5", student: "VGG11", method: "NOKD" }), undefined);
});

Deno.test("publishedValue() refuses to choose between tables that disagree", () => {
  assert.throws(
    () => publishedValue({ setting: "C-50K", student: "VGG11", method: "NOKD" }),
    (error: Error) =>
      error instanceof RangeError && /8\.42 \(Table 1/.test(error.message) &&
      /want a query with one value/.test(error.message),
  );
});

Deno.test("publishedTeacher() gives the teacher's own error", () => {
  assert.equal(publishedTeacher({ table: "1", setting: "C-10K", teacher: "ResNet-18" }), 16.07);
  assert.equal(publishedTeacher({ table: "7", setting: "R-5", teacher: "VGG16" }), 0.49);
  assert.equal(publishedTeacher({ table: "7-v3" }), undefined);
  assert.throws(() => publishedTeacher({ setting: "C-10K", teacher: "ResNet-18" }), RangeError);
});

Deno.test("publishedTable() keeps the paper's order", () => {
  const rows = publishedTable({ table: "7", setting: "R-25" });
  assert.deepEqual(rows.map((row) => [row.student, row.method, row.value]), [
    ["ShuffleNetV2", "NOKD", 0.52],
    ["ShuffleNetV2", "cGAN-KD", 0.34],
    ["MobileNetV2", "NOKD", 0.55],
    ["MobileNetV2", "cGAN-KD", 0.39],
    ["EfficientNet-B0", "NOKD", 0.99],
    ["EfficientNet-B0", "cGAN-KD", 0.57],
  ]);
});
