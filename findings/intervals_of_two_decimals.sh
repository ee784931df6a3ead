#!/usr/bin/env bash
# Confidence intervals in pingouin 0.7.0, beside SciPy 1.17.1.
#
# Guess: the interval in a table that gives t, p-value and effect with all digits has all digits too.
# Seen: it alone is rounded, to two decimals. The shares of right answers of five seeds, 0.8745 and 0.8729 on average,
# differ by 0.0012 to 0.0020; pingouin says 0.00 to 0.00, beside p = 0.0003. In percent the same numbers give 0.12 to 0.20.
# The bounds of `compute_bootci` are rounded alike, so that the mean lies outside of its own interval. The digits are kept
# by `pingouin.options["round.column.CI95"] = None` and by `decimals=`; the page of the test does not say that any are
# lost.
# For us: "pairedTable() compares each method with the same students without it, seed by seed", with all digits.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pingouin==0.7.0 numpy==2.3.4 scipy==1.17.1 pandas==3.1.1
cat > "$folder/run.py" <<'PY'
import sys

import numpy
import pingouin
import scipy

method = numpy.array([0.8731, 0.8745, 0.8752, 0.8739, 0.8760])
baseline = numpy.array([0.8712, 0.8731, 0.8740, 0.8722, 0.8741])


def interval(factor):
    """Bounds of the mean difference, by pingouin's table."""
    return [float(bound) for bound in pingouin.ttest(factor * method, factor * baseline, paired=True)["CI95"].iloc[0]]


def text(bounds):
    return " to ".join(f"{bound:g}" for bound in bounds)


exact = list(scipy.stats.ttest_rel(method, baseline).confidence_interval())
shares, percent = interval(1), interval(100)
bootstrap = [float(bound) for bound in pingouin.compute_bootci(method - baseline, func="mean", seed=1)]
mean = float(numpy.mean(method - baseline))
print(f"pingouin {pingouin.__version__}, SciPy {scipy.__version__}: difference of five pairs, {mean:.5f} on average")
print(f"SciPy: {text(exact)}")
print(f"pingouin, shares: {text(shares)}")
print(f"pingouin, percent: {text(percent)}")
print(f"pingouin, bootstrap of the mean: {text(bootstrap)}")
pingouin.options["round.column.CI95"] = None
kept = interval(1)
print(f"pingouin, told to keep the digits: {text(kept)}")
if shares != [0, 0] or percent != [0.12, 0.2] or bootstrap != [0, 0] or not numpy.allclose(kept, exact):
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" -W ignore "$folder/run.py"
