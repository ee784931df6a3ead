#!/usr/bin/env bash
# Corrections for many comparisons where a p-value is missing: `multipletests` of statsmodels 0.14.5.
#
# Guess: a missing p-value (a method with one seed has none) stays missing and the others are corrected as if it were not
# there; or an error asks for it to be left out.
# Seen: Holm and Bonferroni count it as a comparison, so every other p-value grows. For the Benjamini-Hochberg procedure
# all corrected p-values are missing, while the list of rejections beside them still says that one is rejected. SciPy's
# `false_discovery_control` refuses the same list.
# For us: comparisons without a p-value are left out before Holm's correction: "pairedTable() compares each method with the
# same students without it, seed by seed".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check statsmodels==0.14.5 scipy==1.16.2 numpy==2.3.4 pandas==2.3.3
cat > "$folder/run.py" <<'PY'
import sys

import numpy
import statsmodels
from scipy.stats import false_discovery_control
from statsmodels.stats.multitest import multipletests

print(f"statsmodels {statsmodels.__version__}")
known = [0.012, 0.03, 0.02]
missing = [0.012, numpy.nan, 0.03, 0.02]
found = {}
for method in ("holm", "bonferroni", "fdr_bh"):
    for name, values in (("known", known), ("missing", missing)):
        rejected, corrected = multipletests(values, method=method)[:2]
        found[method, name] = corrected, rejected
        print(f"{method:10} {name:7} {numpy.round(corrected, 4)}, rejected at 5 %: {rejected}")
try:
    false_discovery_control(missing)
    refused = False
except ValueError as error:
    refused = True
    print(f"scipy: {error}")
holm, bonferroni = (found[method, "missing"][0][0] / found[method, "known"][0][0] for method in ("holm", "bonferroni"))
corrected, rejected = found["fdr_bh", "missing"]
if abs(holm - 4 / 3) > 1e-9 or abs(bonferroni - 4 / 3) > 1e-9 or not refused:
    sys.exit("The behaviour changed")
if not numpy.isnan(corrected).all() or not rejected.any():
    sys.exit("The behaviour of fdr_bh changed")
PY
"$folder/venv/bin/python" "$folder/run.py"
