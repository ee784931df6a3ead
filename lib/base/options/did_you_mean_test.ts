import assert from "node:assert/strict";
import { didYouMean } from "./did_you_mean.ts";

Deno.test("didYouMean() finds what is one slip away", () => {
  const known = ["family", "width", "weightDecay", "C-10K", "resnet18"];
  const meant = (word: string) => /"(.*)"/.exec(didYouMean(word, known))?.[1];
  assert.equal(meant("famly"), "family");
  assert.equal(meant("widht"), "width");
  assert.equal(meant("weigthdecay"), "weightDecay");
  assert.equal(meant("c-10k"), "C-10K");
  assert.equal(meant("resnet-18"), "resnet18");
});

Deno.test("didYouMean() guesses nothing where no name is near, or where a number differs", () => {
  assert.equal(didYouMean("colour", ["family", "width"]), "");
  assert.equal(didYouMean("C-30K", ["C-50K", "C-10K"]), "");
  assert.equal(didYouMean("vgg12", ["vgg11"]), "");
  assert.equal(didYouMean("", ["a1"]), "");
  assert.equal(didYouMean("x".repeat(100), ["x".repeat(99)]), "");
});
