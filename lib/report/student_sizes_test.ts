import assert from "node:assert/strict";
import { sizesText } from "./student_sizes.ts";

const size = { weights: 580_000, multiplyAdds: 9_650_000 };
const speed = (imagesPerSecond: number, where = "CPU, 1 thread") => ({ imagesPerSecond, where });

Deno.test("sizesText() says each student once, by its fastest measurement in the newest place", () => {
  assert.deepEqual(
    sizesText([
      { student: "VGG11", size, speed: speed(9000, "GPU") },
      { student: "VGG11", size, speed: speed(1500) },
      { student: "VGG11", size, speed: speed(1200) },
      { student: "ResNet-8", size: { weights: 80_000, multiplyAdds: 12_000_000 } },
      { student: "old" },
    ]),
    [
      "VGG11: 0.58 million weights, 0.0193 GFLOPs an image (twice the multiply-adds), 1,500 images a second on CPU, " +
      "1 thread; ResNet-8: 0.08 million weights, 0.0240 GFLOPs an image (twice the multiply-adds).",
    ],
  );
});

Deno.test("sizesText() says nothing where no size is known", () => {
  assert.deepEqual(sizesText([{ student: "old", speed: speed(1) }]), []);
});
