import assert from "node:assert/strict";
import { circumstances, featuresIn } from "./circumstances.ts";
import { hasOwnKernels } from "./own_kernels.ts";

Deno.test("featuresIn() picks the instructions that matter", () => {
  const info = "processor : 0\nflags\t: fpu sse2 fma avx2 avx512f avx512cd amx_bf16\n";
  assert.deepEqual(featuresIn(info), ["fma", "avx2", "avx512f", "amx_bf16"]);
  assert.deepEqual(featuresIn("Features\t: fp asimd sve\n"), ["asimd", "sve"]);
  assert.deepEqual(featuresIn(""), []);
});

Deno.test("circumstances() name threads and kernels of this process", async () => {
  const { threads, kernels, processor } = await circumstances();
  assert.match(threads, /^\d+$/);
  assert.match(kernels, hasOwnKernels ? /^[0-9a-f]{16}, vectors of (4|8|16) floats$/ : /^stock$/);
  assert.notEqual(processor, "");
});
