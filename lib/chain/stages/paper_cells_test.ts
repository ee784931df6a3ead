/** Every cell of the paper's Tables 1 to 3 is a student of experiment "cifar10" at preset "paper". */
import assert from "node:assert/strict";
import { cifar10 } from "../../experiments/cifar10.ts";
import { resolve } from "../../experiments/specification/experiment.ts";
import { NETWORKS } from "../../registry.ts";
import { publishedFor } from "../../report/paper/comparable.ts";
import { publishedTable } from "../../report/paper/published.ts";
import { distillerOf, methodTitle, studentChoices } from "./student_choice.ts";

const specification = resolve(cifar10, "paper");

Deno.test("studentChoices() has each of the 261 cells of Tables 1 to 3 by its name", () => {
  const cells = ["1", "2", "3"].flatMap((table) => publishedTable({ table }));
  assert.equal(cells.length, 261);
  for (const { table, setting, teacher, student, method } of cells) {
    const cell = `${student}, ${method}`;
    const found = studentChoices(specification, { cells: cell }).filter((choice) =>
      // NOKD and cGAN-KD have no teacher; the tables repeat their values for each.
      choice.teacher === undefined || NETWORKS[choice.teacher.network].title === teacher
    );
    assert.equal(found.length, 1, `Table ${table}, ${setting}, ${teacher}, ${cell}`);
    const [choice] = found;
    assert.equal(NETWORKS[choice!.student.network].title, student);
    const chosen = distillerOf(specification, choice!.distiller);
    assert.equal(methodTitle(chosen, choice!.trainOn), method);
    assert.ok(specification.settings.includes(setting), setting);
    const hasTeacher = !["NOKD", "cGAN-KD"].includes(method);
    assert.equal(choice!.teacher !== undefined, hasTeacher, cell);
  }
});

Deno.test("publishedFor() finds numbers of SSKD and BLKD+UDA beside those of Table 1", () => {
  const cell = { dataset: "CIFAR-10", setting: "C-10K", student: "VGG11" };
  const valueOf = (method: string, teacher?: string) =>
    publishedFor({ ...cell, method, teacher }, "percent", cifar10.paperTables[0])?.value;
  assert.equal(valueOf("NOKD"), 18.57);
  assert.equal(valueOf("cGAN-KD+SSKD", "ResNet-18"), 12.33);
  assert.equal(valueOf("BLKD+UDA", "DenseNet-121"), 14.86);
  assert.equal(valueOf("VKD", "ResNet-18"), undefined);
});

Deno.test("studentChoices() takes the whole name of a cell for that cell alone", () => {
  const methods = (cells: string) => [
    ...new Set(studentChoices(specification, { cells }).map(({ distiller }) => distiller)),
  ];
  assert.deepEqual(methods("vgg11, blkd"), ["blkd"]);
  assert.deepEqual(methods("vgg11, blk"), ["blkd", "uda"]);
});
