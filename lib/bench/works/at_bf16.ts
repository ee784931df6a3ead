/** A row at bfloat16: the step at float32 is what it is a share of, and the peer runs under autocast. */
import type { OurWork, Work } from "./work.ts";

/** The row of the same work with products of bfloat16, which `prepare` sets up. */
export function atBf16(work: Work, prepare: () => OurWork): Work {
  return {
    ...work,
    name: work.name.replace(",", " at bf16,"),
    group: `${work.group}, at bf16`,
    full: true,
    ...(work.peer && { peer: { ...work.peer, autocast: true } }),
    prepare: () => Promise.resolve(prepare()),
    reference: { name: work.name, prepare: work.prepare },
  };
}
