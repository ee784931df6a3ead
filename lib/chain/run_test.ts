import assert from "node:assert/strict";
import type { ProgressEvent } from "../base/progress.ts";
import { readFakesRecords } from "../bound/fakes_record.ts";
import { readRecords } from "../base/disk/records.ts";
import { join } from "../base/disk/path.ts";
import { tf } from "../base/tf.ts";
import { evaluate, libFile } from "../testing/processes.ts";
import { resultRows, resultTable } from "../report/tables.ts";
import { openSmallest } from "../testing/smallest_run.ts";

/** Stages by their last state, in the order of their first word. */
function statesOf(events: readonly ProgressEvent[]): Map<string, string> {
  return new Map(events.map(({ stage, state }) => [stage, state]));
}

const withStates = (events: readonly ProgressEvent[], state: string) =>
  [...statesOf(events)].flatMap(([stage, last]) => last === state ? [stage] : []);

/** Bytes of every stage result by its identity. */
async function artifactsIn(results: string): Promise<Map<string, string>> {
  const artifacts = new Map<string, string>();
  for await (const { name } of Deno.readDir(join(results, ".work"))) {
    const path = join(results, ".work", name, "arrays.safetensors");
    const bytes = await Deno.readFile(path).catch(() => undefined);
    if (bytes === undefined) continue;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    artifacts.set(name, Array.from(digest, (byte) => byte.toString(16)).join(""));
  }
  return artifacts;
}

Deno.test("the chain at preset smoke", async (t) => {
  const results = await Deno.makeTempDir();
  try {
    const tensors = tf.memory().numTensors;
    const first = openSmallest({ results });
    const students = await first.run.students();
    const reused = withStates(first.events, "reused");
    await first.run.bound();
    const artifacts = await artifactsIn(results);

    await t.step("makes every stage, and a record of each student", () => {
      const stages = [...artifacts.keys()].map((id) => id.replace(/-[0-9a-f]{16}$/, "")).sort();
      assert.deepEqual([...new Set(stages)], [
        "assistant",
        "bound",
        "cgan",
        "extractor",
        "fakes",
        "opinion",
        "ratio",
        "student",
        "teacher",
      ]);
      assert.equal(stages.filter((stage) => stage === "student").length, 6);
      assert.deepEqual(reused, []);
      const methods = students.map(({ cell }) => cell.method);
      assert.deepEqual(methods, [
        "NOKD",
        "BLKD",
        "TAKD",
        "cGAN-KD",
        "cGAN-KD+BLKD",
        "cGAN-KD+TAKD",
      ]);
      for (const { record, cell } of students) {
        assert.ok(record.value >= 0 && record.value <= 100, `${record.value}`);
        assert.ok(record.speed!.imagesPerSecond > 0);
        assert.equal(record.data.checksum, first.run.dataset.checksum);
        assert.equal("fakes" in record.stages, cell.method.startsWith("cGAN-KD"));
        assert.equal(
          cell.teacher,
          cell.method.endsWith("BLKD") || cell.method.endsWith("TAKD") ? "VGG11" : undefined,
        );
      }
      assert.equal(tf.memory().numTensors, tensors);
    });

    await t.step("builds its table from the records on disk", async () => {
      const records = await readRecords(results, "cifar10", "smoke");
      assert.equal(records.length, 6);
      assert.deepEqual(
        records.map(({ value }) => value).sort(),
        students.map(({ record }) => record.value).sort(),
      );
      const text = resultTable(records).toText();
      for (const name of ["VGG11", "NOKD", "cGAN-KD+TAKD"]) assert.ok(text.includes(name), text);
    });

    await t.step("reuses every stage when it is opened again", async () => {
      const second = openSmallest({ results });
      const again = await second.run.students();
      const states = new Set(statesOf(second.events).values());
      assert.deepEqual([...states], ["reused"]);
      assert.deepEqual(
        again.map(({ record }) => record.value),
        students.map(({ record }) => record.value),
      );
      assert.deepEqual(await artifactsIn(results), artifacts);
      assert.equal((await second.run.recordList()).length, 6);
    });

    await t.step("draws fakes again from the kept draws where their pixels are gone", async () => {
      const { run, events } = openSmallest({ results });
      const { artifact } = await run.pool();
      const images = join(artifact.folder, "pool", "images.u8");
      const pixels = await Deno.readFile(images);
      await Deno.remove(join(artifact.folder, "pool"), { recursive: true });
      const restored = openSmallest({ results });
      const { set } = await restored.run.processed();
      assert.deepEqual(await Deno.readFile(images), pixels);
      assert.equal(set.labels.length, 24);
      // The ratio network is not asked again.
      assert.deepEqual(withStates(events, "done"), []);
      assert.deepEqual(withStates(restored.events, "done"), ["subsampled fakes of toy"]);
      assert.deepEqual(await artifactsIn(results), artifacts);
    });

    await t.step("is read where nothing may be written", async () => {
      const look = `
        import { openSmallest } from ${libFile("testing/smallest_run.ts")};
        const { run, events } = openSmallest({ results: ${JSON.stringify(results)} });
        const students = await run.students();
        const { sentence } = await run.verdict();
        const { terms } = await run.bound();
        console.log(JSON.stringify([
          students.map(({ record }) => record.value), sentence, terms.total,
          [...new Set(events.map(({ state }) => state))],
        ]));`;
      const found = JSON.parse(await evaluate(look, { denyWrite: results }));
      assert.deepEqual(found, [
        students.map(({ record }) => record.value),
        (await first.run.verdict()).sentence,
        (await first.run.bound()).terms.total,
        // Nothing is computed: what the judge thinks of the fakes is kept too. What they are like cannot be recorded.
        ["reused", "done"],
      ]);
    });

    await t.step("keeps what its verdict rests on beside the records of students", async () => {
      const { evidence } = await first.run.verdict();
      const [kept, ...others] = await readFakesRecords(results, "cifar10", "smoke");
      assert.deepEqual(others, []);
      assert.deepEqual(kept!.evidence, evidence);
      const student = students.find(({ record }) => record.stages.gan !== undefined)!;
      const { fakes, gan } = student.record.stages;
      assert.deepEqual(kept!.stages, { fakes, gan });
      assert.equal(kept!.setting, student.cell.setting);
    });

    await t.step(
      "refuses a student whose error was changed, and a changed pixel of a fake",
      async () => {
        const student = students[0]!.network.artifact;
        const path = join(student.folder, "artifact.json");
        const text = await Deno.readTextFile(path);
        const better = text.replaceAll(`"test": ${student.notes.test}`, '"test": 5');
        assert.notEqual(better, text);
        await Deno.writeTextFile(path, better);
        await assert.rejects(
          openSmallest({ results }).run.students(),
          (error: Error) => error instanceof SyntaxError && error.message.includes(student.id),
        );
        await Deno.writeTextFile(path, text);

        const pool = await first.run.pool();
        const images = join(results, ".work", pool.artifact.id, "pool", "images.u8");
        const bytes = await Deno.readFile(images);
        const damaged = bytes.slice();
        damaged[1000]! ^= 1;
        await Deno.writeFile(images, damaged);
        await assert.rejects(
          openSmallest({ results }).run.processed(),
          (error: Error) =>
            error instanceof SyntaxError &&
            /Cannot use the pool ".*": found checksum/.test(error.message),
        );
        await Deno.writeFile(images, bytes);
        assert.equal((await openSmallest({ results }).run.processed()).set.labels.length, 24);
      },
    );

    await t.step(
      "refuses rho = 0 and M^g above the pool, and keeps what was computed",
      async () => {
        const { run, events } = openSmallest({ results });
        await assert.rejects(run.processed({ rho: 0 }), {
          name: "RangeError",
          message: "Cannot use rho = 0: want a number in (0, 1]",
        });
        await assert.rejects(run.processed({ fakes: 1000 }), {
          name: "RangeError",
          message:
            /^Cannot draw M\^g = 1000 fake images: found \d+ in the pool, want at least 1000/,
        });
        assert.throws(
          () => openSmallest({ results, changes: { "filterTeacher.network": "vgg12" } }),
          {
            name: "RangeError",
            message: /^Cannot use filterTeacher\.network = "vgg12": want one of "vgg11"/,
          },
        );
        assert.deepEqual(await artifactsIn(results), artifacts);
        // A failure is not remembered: the same run goes on with what is there.
        assert.equal((await run.processed()).set.labels.length, 24);
        assert.deepEqual([...new Set(statesOf(events).values())], ["reused"]);
      },
    );

    await t.step("ablations are shorter lists of steps on the same trained parts", async () => {
      const { run, events } = openSmallest({
        results,
        changes: { "synthesis.steps": '["filter"]' },
      });
      const filtered = await run.processed();
      assert.equal(filtered.adjusted, undefined);
      assert.ok(filtered.filtered !== undefined);
      const plain = await run.processed({ steps: [] });
      assert.equal(plain.filtered, undefined);
      assert.equal(new Set([filtered.id, plain.id, (await first.run.processed()).id]).size, 3);
      // No density ratio is asked for; the pool straight from the generator is new.
      const trained = [...statesOf(events)].filter(([, state]) => state !== "reused");
      assert.deepEqual(trained.map(([stage]) => stage), [
        "fakes of toy",
        "teacher VGG11 on the fakes of toy",
      ]);
      assert.ok(![...statesOf(events).keys()].some((stage) => stage.startsWith("density ratio")));
      const subsampled = await first.run.processed({ steps: ["subsample"] });
      assert.deepEqual(
        [subsampled.filtered, subsampled.adjusted, subsampled.set.labels.length],
        [undefined, undefined, 24],
      );
    });

    await t.step("trains a control for as many steps as with fakes, beside the rows", async () => {
      const before = await readRecords(results, "cifar10", "smoke");
      // As many fakes as real images, so twice the one epoch.
      const changes = { distillers: '["nokd"]', "synthesis.fakes": "128" };
      const { run, events } = openSmallest({ results, changes });
      const [control, ...others] = await run.students({ trainOn: ["real, equal steps"] });
      assert.deepEqual(others, []);
      assert.equal(control!.cell.method, "NOKD (equal steps)");
      assert.deepEqual(control!.network.curve.map(({ epoch }) => epoch).at(-1), 2);
      assert.deepEqual(Object.keys(control!.record.stages), ["student"]);
      // The cell says which method and which images it is.
      assert.deepEqual(control!.record.changes, { "synthesis.fakes": "128" });
      // No fakes and no generator.
      assert.deepEqual([...statesOf(events).keys()], [
        "student VGG11 on toy, NOKD (equal steps), seed 2020",
      ]);
      const [plain] = await run.students({ cells: "nokd" });
      assert.equal(plain!.network.artifact.id, students[0]!.network.artifact.id);
      assert.notEqual(control!.network.artifact.id, plain!.network.artifact.id);
      const records = await readRecords(results, "cifar10", "smoke");
      assert.equal(records.length, before.length + 2);
      const rows = resultRows(records.filter(({ cell }) => cell.method.startsWith("NOKD")));
      // Other fakes move no student without them: two runs share its row.
      assert.deepEqual(
        rows.map(({ method, seeds, specifications }) =>
          `${method}: ${seeds} of ${specifications.length}`
        ).sort(),
        ["NOKD (equal steps): 1 of 1", "NOKD: 1 of 2"],
      );
    });

    await t.step("trains all again to the same digits when it is fresh", async () => {
      const { run, events } = openSmallest({
        results,
        fresh: true,
        changes: { distillers: '["nokd"]' },
      });
      const again = await run.students();
      assert.deepEqual(withStates(events, "reused"), []);
      const plain = students.filter(({ cell }) => cell.teacher === undefined);
      assert.deepEqual(
        again.map(({ cell, record }) => [cell.method, record.value]),
        plain.map(({ cell, record }) => [cell.method, record.value]),
      );
      const after = await artifactsIn(results);
      for (const [id, digest] of artifacts) assert.equal(after.get(id), digest, id);
      assert.deepEqual(
        again.map(({ network }) => network.curve),
        plain.map(({ network }) => network.curve),
      );
    });
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});
