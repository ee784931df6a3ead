#!/usr/bin/env bash
# Plateaus of losses below zero: `reduce_on_plateau` of optax 0.2.8.
#
# Guess: a learning rate falls when its loss has not become less for `patience` steps, whatever the sign of the loss.
# Seen: what counts as less is less than (1 - rtol) times the best, by default 0.9999 times it. Of a loss below zero that is
# above the best, so a loss that stands still, or gets a little worse, is an improvement each time and the rate never falls.
# A loss that stands at 1 has its rate halved seven times in thirty steps, the same loss at -1 never. Losses of density
# ratios, log-likelihoods and Wasserstein critics are below zero. `rtol=0` with an `atol` counts right. PyTorch documents
# the same rule for its own scheduler's default, `threshold_mode="rel"`.
# For us: learning rates follow schedules that are known before; no loss steers one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check optax==0.2.8 jax==0.10.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import jax.numpy as jnp
import optax
from optax.contrib import reduce_on_plateau

STEPS, PATIENCE = 30, 4


def left(losses, **options):
    """Share of the learning rate that is left after these losses."""
    plateau = reduce_on_plateau(factor=0.5, patience=PATIENCE, **options)
    state = plateau.init(jnp.zeros(1))
    for loss in losses:
        _, state = plateau.update(jnp.zeros(1), state, value=jnp.float32(loss))
    return float(state.scale)


print(f"optax {optax.__version__}: the rate after {STEPS} steps, patience {PATIENCE}, factor 0.5")
rising = [1e-6 * step for step in range(STEPS)]
found = {
    "a loss of 1": left([1] * STEPS),
    "a loss of -1": left([-1] * STEPS),
    "a loss that rises slowly from -1": left([-1 + up for up in rising]),
    "a loss of -1, rtol=0, atol=1e-4": left([-1] * STEPS, rtol=0, atol=1e-4),
}
for name, share in found.items():
    print(f"{name}: {share:g} of it")
above, below, worse, absolute = found.values()
if above > 0.1 or below != 1 or worse != 1 or absolute != above:
    sys.exit("The behaviour changed")
PY
JAX_PLATFORMS=cpu "$folder/venv/bin/python" "$folder/run.py"
