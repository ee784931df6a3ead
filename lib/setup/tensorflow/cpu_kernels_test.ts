import assert from "node:assert/strict";
import { longVectorFlags } from "./cpu_kernels.ts";

Deno.test("longVectorFlags() asks for AVX-512 only where every part of it is", () => {
  const all = ["avx2", "avx512f", "avx512vl", "avx512dq", "avx512bw"];
  assert.deepEqual(longVectorFlags(new Set(all)), [
    "-mavx512f",
    "-mavx512vl",
    "-mavx512dq",
    "-mavx512bw",
    "-mprefer-vector-width=512",
  ]);
  assert.deepEqual(longVectorFlags(new Set(all.slice(0, -1))), []);
  assert.deepEqual(longVectorFlags(new Set()), []);
});
