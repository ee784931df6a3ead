#!/usr/bin/env bash
# First numbers of neighbouring seeds in pure-rand 7.0.1.
#
# Guess: streams of seeds 0, 1, 2, ... have nothing in common, so a stream a run, a step or an image may simply be
# numbered.
# Seen: that is so for `mersenne`. Of `xoroshiro128plus`, which its documentation begins with, seeds 0 to 999 have the
# same first number to six digits, and from seed to seed the second falls and the third rises by even steps;
# `xorshift128plus` is alike. A crop or a noise level that is the first draw of a numbered stream is always the same.
# For us: seeds are hashed and the start is moved: "rngOf() streams of neighbouring steps never share their first draw".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact pure-rand@7.0.1 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import { mersenne, xoroshiro128plus, xorshift128plus } from "pure-rand";

const SEEDS = 1000;
const found = {};
for (const [name, generator] of Object.entries({ mersenne, xoroshiro128plus, xorshift128plus })) {
  for (const draw of [1, 2, 3]) {
    const values = Array.from({ length: SEEDS }, (_, seed) => {
      const stream = generator(seed);
      for (let i = 1; i < draw; i++) stream.unsafeNext();
      return (stream.unsafeNext() >>> 0) / 2 ** 32;
    });
    const steps = values.slice(1).map((value, i) => (value - values[i] + 1) % 1);
    const different = new Set(steps.map((step) => step.toFixed(4))).size;
    const spread = Math.max(...values) - Math.min(...values);
    found[`${name} ${draw}`] = { spread, different };
    const shown = values.slice(0, 6).map((value) => value.toFixed(4)).join(" ");
    console.log(
      `${name.padEnd(17)} draw ${draw}, seeds 0 to 5: ${shown}; of ${SEEDS} seeds: spread ${spread.toPrecision(2)}, ` +
        `${different} different steps`,
    );
  }
}
const isAsSeen = found["xoroshiro128plus 1"].spread < 1e-6 && found["xorshift128plus 1"].spread < 1e-6 &&
  found["xoroshiro128plus 2"].different < 10 && found["mersenne 1"].different > 900;
if (!isAsSeen) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
node run.js
