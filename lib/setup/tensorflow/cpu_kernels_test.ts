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
  const withBf16 = longVectorFlags(new Set([...all, "avx512_bf16"]));
  assert.deepEqual(withBf16.toSpliced(4, 1), longVectorFlags(new Set(all)));
  assert.equal(withBf16[4], "-mavx512bf16");
  assert.deepEqual(longVectorFlags(new Set(["avx2", "avx512_bf16"])), []);
  assert.deepEqual(longVectorFlags(new Set(all.slice(0, -1))), []);
  assert.deepEqual(longVectorFlags(new Set()), []);
});
