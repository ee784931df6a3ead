import assert from "node:assert/strict";
import { imagesInMemory, type LabelledImages, type Task } from "../base/contracts.ts";
import { fitText, varietyText } from "./findings.ts";

Deno.test("fitText() says where the mean ratio of fakes ends and why it is not 1", () => {
  assert.equal(
    fitText(0.96, 1.4, 1e-3),
    "The mean ratio of fakes ends at 0.960, near the 1 of the optimum.",
  );
  // σ(2.41) (1 − σ(2.41)) is 0.0753, σ(1) (1 − σ(1)) 0.1966.
  assert.match(
    fitText(0.366, 2.41, 1e-3),
    /^The mean ratio of fakes ends at 0\.366, not at the 1 .* real images \(mean 2\.41\) .* 38 % as steep as at ratio 1/,
  );
  assert.match(fitText(0.3, 0.31, 1e-3), /too short, or too flat/);
  assert.match(fitText(1.5, 1.6, 1e-3), /has not come down to it yet/);
});

Deno.test("varietyText() compares how much images of one label differ", () => {
  const task: Task = { kind: "classification", classes: 2, classNames: ["a", "b"] };
  const set = (...pixels: number[]): LabelledImages => ({
    images: imagesInMemory(Uint8Array.from(pixels), { height: 1, width: 1, channels: 1 }),
    labels: new Float32Array(pixels.length),
    task,
    origin: "fake",
  });
  assert.match(
    varietyText(set(0, 255), set(0, 51)),
    /^Two fakes of one label differ by 0\.400 on average, two real images by 2 /,
  );
  assert.match(varietyText(set(0, 255), set(7, 7)), /one and the same image/);
  assert.match(varietyText(set(0, 255), set(7)), /^Fakes have no label twice/);
});
