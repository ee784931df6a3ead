#!/usr/bin/env bash
# Logistic regression in ml-logistic-regression 2.0.0.
#
# Guess: `new LogisticRegression({ numSteps, learningRate })` fits weights and an intercept, as logistic regressions do.
# Seen: there is no intercept. The border between two classes goes through the origin, whatever the data are: of images with a
# feature around 5 and 6, half of each class, 50 % are right, where a border at 5.5 parts all of them; after subtracting the
# mean all are right. Features after a ReLU have no negative values, so that a probe of them, or a density ratio by real
# against fake, is at chance or little better, and blames the features. A column of ones is an intercept.
# For us: "fitLogistic() has the logit of the weighted share where x says nothing".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --save-exact ml-logistic-regression@2.0.0 ml-matrix@6.15.1 > install.log 2>&1 ||
  { cat install.log; exit 1; }
cat > run.js <<'JS'
import { readFileSync } from "node:fs";
import LogisticRegression from "ml-logistic-regression";
import { Matrix } from "ml-matrix";

const COUNT = 100;
const features = Array.from({ length: COUNT }, (_, i) => 5 + i / COUNT);
const classes = features.map((x) => Number(x >= 5.5));

/** Share of right classes after a fit to these rows. */
function right(rows) {
  const model = new LogisticRegression({ numSteps: 20_000, learningRate: 1e-2 });
  model.train(new Matrix(rows), Matrix.columnVector(classes));
  return model.predict(new Matrix(rows)).filter((found, i) => found === classes[i]).length / COUNT;
}

const { version } = JSON.parse(readFileSync("node_modules/ml-logistic-regression/package.json", "utf8"));
console.log(`ml-logistic-regression ${version}: two classes, parted at 5.5, values from 5 to 6`);
const found = {
  "as they are": right(features.map((x) => [x])),
  "mean subtracted": right(features.map((x) => [x - 5.495])),
};
for (const [name, share] of Object.entries(found)) console.log(`${name}: ${100 * share} % right`);
if (found["as they are"] !== 0.5 || found["mean subtracted"] < 0.98) {
  console.error("The behaviour changed");
  process.exitCode = 1;
}
JS
node run.js
