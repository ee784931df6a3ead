#!/usr/bin/env bash
# Densities of continuous labels: Scott's rule in scikit-learn 1.9.1, beside SciPy 1.17.1.
#
# Guess: `KernelDensity(bandwidth="scott")` and `gaussian_kde(..., "scott")` estimate the same density, with a kernel whose
# width is a share of the labels' deviation; so it does not matter whether angles are in degrees or divided by 90.
# Seen: scikit-learn leaves the deviation out, for "silverman" too: of a thousand labels the width is 0.25, whatever they
# are. Of evenly spread angles from 0 to 90 it is a 26th of SciPy's 6.6 degrees, so that weights of 1 / density, by which
# rare labels are made up for, differ 8-fold where no label is rare. Of the same angles divided by 90 it is a quarter of
# the whole range, and labels that are ten times rarer than others seem three times rarer.
# For us: widths have the deviation: "sigmaRule() and kappaRule() follow the formula on labels worked by hand".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn==1.9.1 numpy==2.3.4 scipy==1.17.1
cat > "$folder/run.py" <<'PY'
import sys

import numpy
import scipy
import sklearn
from scipy.stats import gaussian_kde
from sklearn.neighbors import KernelDensity

generator = numpy.random.default_rng(1)
even = generator.uniform(0, 90, 1000)
rare = numpy.concatenate([generator.uniform(0, 45, 909), generator.uniform(45, 90, 91)])
inside = numpy.linspace(20, 70, 501)
high, low = numpy.linspace(10, 35, 251), numpy.linspace(55, 80, 251)


def of_scipy(labels):
    density = gaussian_kde(labels, "scott")
    return density.factor * labels.std(ddof=1), density


def of_sklearn(labels, rule="scott"):
    density = KernelDensity(bandwidth=rule).fit(labels[:, None])
    return density.bandwidth_, lambda points: numpy.exp(density.score_samples(points[:, None]))


print(f"scikit-learn {sklearn.__version__}, SciPy {scipy.__version__}: 1000 angles from 0 to 90")
widths, weights, ratios = {}, {}, {}
for name, estimate in {"SciPy": of_scipy, "scikit-learn": of_sklearn}.items():
    for unit, factor in {"degrees": 1, "shares of 90": 1 / 90}.items():
        width, density = estimate(even * factor)
        values = density(inside * factor)
        widths[name, unit], weights[name, unit] = width, values.max() / values.min()
        _, density = estimate(rare * factor)
        ratios[name, unit] = density(high * factor).mean() / density(low * factor).mean()
        print(f"{name}, {unit}: width {width:.4f}; weights of even labels differ {weights[name, unit]:.1f}-fold, "
              f"of labels that are ten times rarer {ratios[name, unit]:.1f}-fold")
silverman = of_sklearn(even, "silverman")[0]
print(f'scikit-learn, "silverman": {silverman:.4f} in degrees')
if abs(widths["scikit-learn", "degrees"] - widths["scikit-learn", "shares of 90"]) > 1e-12 or silverman > 0.3:
    sys.exit("The behaviour changed")
if abs(widths["SciPy", "degrees"] / widths["SciPy", "shares of 90"] - 90) > 1e-6 or widths["SciPy", "degrees"] < 6:
    sys.exit("The behaviour changed")
if weights["scikit-learn", "degrees"] < 4 or weights["SciPy", "degrees"] > 1.5:
    sys.exit("The behaviour changed")
if ratios["scikit-learn", "shares of 90"] > 4 or ratios["SciPy", "shares of 90"] < 8:
    sys.exit("The behaviour changed")
PY
"$folder/venv/bin/python" "$folder/run.py"
