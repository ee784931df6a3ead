/** What wrong inputs meet, for calls that more than one kernel may compute. */
import assert from "node:assert/strict";
import { tf } from "../base/tf.ts";

type Call = () => unknown;

/** Tests that every call is refused, by an error of this kind and one line that fits, and leaves no tensor. */
export function assertRefused(
  title: string,
  kind: typeof TypeError | typeof RangeError,
  calls: Readonly<Record<string, readonly [Call, RegExp]>>,
): void {
  for (const [what, [call, message]] of Object.entries(calls)) {
    Deno.test(`${title} refuses ${what}`, () => {
      const before = tf.memory().numTensors;
      tf.tidy(() =>
        assert.throws(call, (error: Error) => {
          assert.equal(error.constructor, kind);
          assert.match(error.message, message);
          assert.ok(!error.message.includes("\n"));
          return true;
        })
      );
      assert.equal(tf.memory().numTensors, before);
    });
  }
}
