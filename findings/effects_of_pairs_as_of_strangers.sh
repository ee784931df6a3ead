#!/usr/bin/env bash
# Sizes of effects and power beside a paired test: `ttest` of pingouin 0.7.0.
#
# Guess: `ttest(x, y, paired=True)` gives Cohen's d of the differences, t / sqrt(n), and the power of this paired test.
# Seen: d is that of two independent groups, and so is what goes into the power. Five seeds whose errors differ a lot from
# seed to seed and little between two methods have t = -4.5 and p = 0.01; d is 0.60 where the differences have 2.03, and the
# power is 18 % where a paired test of such differences has 92 %. Who plans the next run by that takes 24 seeds for 80 %,
# where five have more. `compute_effsize(..., paired=True)` gives 0.60 as well.
# For us: intervals are of differences, seed by seed: "pairedDifference() has the p-values of the t-test".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pingouin==0.7.0 numpy==2.3.4 scipy==1.16.2
cat > "$folder/run.py" <<'PY'
import sys
from importlib.metadata import version

import numpy
import pingouin
from scipy.stats import nct, t

student = numpy.array([20.0, 21.0, 22.0, 23.0, 24.0])
distilled = numpy.array([21.0, 22.5, 22.2, 24.0, 25.1])
count = len(student)
found = pingouin.ttest(student, distilled, paired=True).iloc[0]
names = {name.lower().replace("-", "_"): name for name in found.index}
d, power = float(found[names["cohen_d"]]), float(found[names["power"]])

differences = student - distilled
of_differences = abs(differences.mean()) / differences.std(ddof=1)


def power_of(effect, seeds=count):
    """Power of a paired two-sided test at 5 %."""
    bound = t.ppf(0.975, seeds - 1)
    shift = effect * seeds**0.5
    return nct.sf(bound, seeds - 1, shift) + nct.cdf(-bound, seeds - 1, shift)


print(f"pingouin {version('pingouin')}: {count} seeds, t = {float(found['T']):.2f}")
print(f"pingouin: d {d:.2f}, power {power:.2f}")
print(f"of the differences: d {of_differences:.2f}, power {power_of(of_differences):.2f}; {power_of(d):.2f} for pingouin's d")
alike = abs(float(pingouin.compute_effsize(student, distilled, paired=True, eftype="cohen")))
needed = next(seeds for seeds in range(2, 100) if power_of(abs(d), seeds) >= 0.8)
print(f"compute_effsize: {alike:.2f}; seeds for a power of 80 % by pingouin's d: {needed}")
if abs(d) > 0.7 or alike > 0.7 or of_differences < 2 or power > 0.25 or power_of(of_differences) < 0.9 or needed != 24:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
