import assert from "node:assert/strict";
import { raisedVersions } from "./raised_versions.ts";

Deno.test("raisedVersions() names networks whose version was raised, and no other", () => {
  const families = { vgg: {}, resnet: { version: 1 }, shufflenet: { version: 3 } };
  assert.deepEqual(raisedVersions(["vgg", "resnet"], families), {});
  assert.deepEqual(raisedVersions(["vgg", "shufflenet"], families), { shufflenet: 3 });
});
