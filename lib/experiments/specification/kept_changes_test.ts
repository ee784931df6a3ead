import assert from "node:assert/strict";
import { cifar10 } from "../cifar10.ts";
import { ownImages } from "../own_images.ts";
import { resolve } from "./experiment.ts";
import type { RunRecord } from "../../base/disk/records.ts";
import { changesOfPreset, recordsOfChanges } from "./kept_changes.ts";

const left = (changes: Record<string, string>, method = "cGAN-KD") =>
  changesOfPreset(cifar10, { preset: "desk", setting: "C-10K", method, changes });

Deno.test("changesOfPreset() drops what the preset says itself and what trains no student", () => {
  assert.deepEqual(left({}), {});
  const { fakeShare } = cifar10.presets.desk;
  assert.deepEqual(left({ fakeShare: String(fakeShare), seeds: "[1,2,9]" }), {});
  for (const path of ["curveEvery", "gan.judgeEvery"]) assert.deepEqual(left({ [path]: "1" }), {});
  // One of the preset's three students, at its width.
  assert.deepEqual(left({ students: '[{"network":"vgg11","width":0.25}]' }), {});
});

Deno.test("changesOfPreset() keeps what makes another student", () => {
  const kept: Record<string, string>[] = [
    { fakeShare: "0.5" },
    { "studentTraining.epochs": "7" },
    { "synthesis.steps": '["subsample"]' },
    { students: '[{"network":"vgg11","width":0.5}]' },
    // Of an earlier version: nobody can say what it changed.
    { "synthesis.gone": "1" },
  ];
  for (const change of kept) assert.deepEqual(left(change), change);
});

Deno.test("changesOfPreset() knows that a student without fakes learns nothing of them", () => {
  const changes = { "synthesis.steps": '["subsample"]', fakeShare: "0.5" };
  assert.deepEqual(left(changes, "BLKD"), {});
  assert.deepEqual(left(changes, "cGAN-KD+BLKD"), changes);
  // As a whole, too.
  const whole = { gan: JSON.stringify(resolve(cifar10, "quick", { "gan.steps.C-10K": "7" }).gan) };
  assert.deepEqual(left(whole, "BLKD"), {});
  assert.deepEqual(left(whole), whole);
  const training = { "studentTraining.epochs": "7" };
  assert.deepEqual(left(training, "NOKD"), training);
});

Deno.test("changesOfPreset() knows that a student without fakes and distiller learns of no teacher", () => {
  const changes = { "teacherTraining.epochs": "7" };
  assert.deepEqual(left(changes, "NOKD"), {});
  for (const method of ["BLKD", "cGAN-KD"]) assert.deepEqual(left(changes, method), changes);
});

Deno.test("changesOfPreset() keeps what a preset says too, where a rule may have said otherwise", () => {
  const changes = { "studentTraining.epochs": "30" };
  const place = { preset: "quick", setting: "all", method: "NOKD", changes };
  assert.equal(ownImages.presets.quick.studentTraining?.epochs, 30);
  assert.deepEqual(changesOfPreset(ownImages, place), changes);
});

Deno.test("recordsOfChanges() finds what a run with these changes makes, whoever made it", () => {
  const { fakeShare } = cifar10.presets.desk;
  const record = (method: string, changes?: Record<string, string>) => ({
    preset: "desk",
    cell: { dataset: "CIFAR-10", setting: "C-10K", student: "VGG11", method },
    ...(changes && { changes }),
  } as RunRecord);
  const plain = record("cGAN-KD");
  const former = record("cGAN-KD", { fakeShare: String(fakeShare), seeds: "[7]" });
  const half = record("cGAN-KD", { fakeShare: "0.5" });
  const nokd = record("NOKD", { fakeShare: "0.5" });
  const all = [plain, former, half, nokd];
  const places = (changes: Record<string, string>) => {
    const { own, others } = recordsOfChanges(cifar10, all, changes);
    assert.equal(own.length + others.length, all.length);
    return all.flatMap(({ cell }, place) => own.some((one) => one.cell === cell) ? [place] : []);
  };
  assert.deepEqual(places({}), [0, 1, 3]);
  assert.deepEqual(places({ seeds: "[1]", distillers: '["nokd"]' }), [0, 1, 3]);
  // A student on real images alone is the same with any share of fakes.
  assert.deepEqual(places({ fakeShare: "0.5" }), [2, 3]);
});
