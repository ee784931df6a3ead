/** What the factors of products are rounded to before they are multiplied, and whether this machine does it. */
import { backendInfo } from "./backend.ts";
import { hasOwnKernels, KERNEL_BF16 } from "./own_kernels.ts";
import type { Attribute } from "./raw_op.ts";

/**
 * "float32": nothing is rounded. "bf16": factors of products are bfloat16 (8 bits of mantissa in place of 24), and sums
 * of products float32. Kernels of `cpu/` do it for dense convolutions and dense layers, forward and back; what stays
 * float32 either way is listed in lib/native/README.md.
 */
export type Precision = "float32" | "bf16";

/** Every precision, the default first. */
export const PRECISIONS = ["float32", "bf16"] as const;

/** Environment variable; "slow" takes bfloat16 where float32 is quicker, to repeat a run of another machine. */
export const BF16_VARIABLE = "CGAN_KD_BF16";

/** Why products of bfloat16 are refused here; undefined where they are taken. */
export function whyNoBf16(): string | undefined {
  if (!hasOwnKernels) {
    return `the kernels of TensorFlow on the ${backendInfo.device}, and only those of lib/native/cpu have it`;
  }
  if (KERNEL_BF16 === "missing") return "a processor without avx512_bf16";
  if (KERNEL_BF16 === "slow" && Deno.env.get(BF16_VARIABLE) !== "slow") {
    return "a processor whose bfloat16 is slower than its float32";
  }
  return undefined;
}

/**
 * Refuses bfloat16 where it is not there or gains nothing: nothing takes its place, so that the same seed has the same
 * bits wherever it runs.
 *
 * @param option What asks for it, for the message.
 * @throws {RangeError} Says what was found and what would do.
 */
export function checkPrecision(precision: Precision = "float32", option = "precision"): void {
  const why = precision === "bf16" ? whyNoBf16() : undefined;
  if (why === undefined) return;
  const remedy = hasOwnKernels && KERNEL_BF16 === "slow"
    ? `; to repeat a run of another machine all the same, set ${BF16_VARIABLE}=slow`
    : "";
  throw new RangeError(
    `Cannot compute with ${option} = "bf16": found ${why}, want ${option} = "float32"${remedy}`,
  );
}

/** The attribute that tells a kernel of `cpu/`. */
export function factorsOf(precision: Precision | undefined): { readonly bf16: Attribute } {
  return { bf16: { int: precision === "bf16" ? 1 : 0 } };
}
