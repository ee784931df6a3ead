#!/usr/bin/env bash
# Distances of many rows in PyTorch 2.15.0. (The installation takes a few GB.)
#
# Guess: `torch.cdist(features, features)` has the accuracy of float32, 0 on its diagonal, and the same distances whether it
# is given 25 rows or more.
# Seen: from 26 rows on it goes by a product of matrices, of squares that nearly cancel. With features of a mean of 10 and a
# deviation of 0.1, distances are wrong by 0.2 % and an image is 0.15 from itself, where 25 rows are right to seven digits.
# With a mean of 100, distances around 2.3 are wrong by up to a quarter and an image is up to 1.4 from itself: nearest
# neighbours, kernels and losses of distances go by noise. The argument `compute_mode` names the rule, and nothing says when
# it matters. "donot_use_mm_for_euclid_dist" is right, and so is subtracting the mean first.
# For us: "neighbourScores() does not depend on a common offset of the features".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-cache-dir --no-compile --disable-pip-version-check torch==2.15.0 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import torch

torch.set_num_threads(1)


def errors(rows, mean, mode="use_mm_for_euclid_dist_if_necessary", centred=False):
    """Largest distance of a row to itself, and largest relative error of the others, for features of deviation 0.1."""
    torch.manual_seed(1)
    features = mean + 0.1 * torch.randn(rows, 256)
    true = (features[:, None].double() - features.double()).norm(dim=2)
    given = features - features.mean(0) if centred else features
    found = torch.cdist(given, given, compute_mode=mode).double()
    own = torch.eye(rows, dtype=bool)
    return float(found[own].max()), float((found / true - 1)[~own].abs().max()), float(true[~own].mean())


print(f"PyTorch {torch.__version__}: 256 features of deviation 0.1")
cases = [(25, 10), (26, 10), (25, 100), (26, 100)]
found = {f"{rows} rows, mean {mean}": errors(rows, mean) for rows, mean in cases}
found["26 rows, mean 100, without products"] = errors(26, 100, "donot_use_mm_for_euclid_dist")
found["26 rows, mean 100, centred first"] = errors(26, 100, centred=True)
for name, (own, error, mean) in found.items():
    print(f"{name}: to itself up to {own:.2g}, to others {mean:.2f}, wrong by up to {100 * error:.2g} %")
few, more, far, farther, exact, centred = ((own, error) for own, error, _ in found.values())
if max(few + far + exact) > 1e-5 or more[0] < 0.05 or more[1] < 1e-3 or farther[0] < 0.5 or farther[1] < 0.1 or centred[1] > 1e-4:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
