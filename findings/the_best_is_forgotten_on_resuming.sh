#!/usr/bin/env bash
# Trainings that are cut off and gone on with, in Keras 3.15.1 on JAX.
#
# Guess: `BackupAndRestore` makes a restart as if nothing had happened, as its page says of interruptions: the callbacks beside
# it go on as well.
# Seen: weights, optimiser and epoch come back; what other callbacks know is gone. `ModelCheckpoint(save_best_only=True)` takes
# the first epoch after the restart for the best, whatever it is, and writes over the file of the true best: here 40 % right
# over 90 %, and 20 % after one restart more. `EarlyStopping` and `ReduceLROnPlateau` begin to count anew, so a training that
# is cut off more often than its patience lasts never stops and never lowers its rate. `initial_value_threshold`, from a
# record of one's own, keeps the best; so does a file for each epoch.
# For us: no state lies outside of a checkpoint: "trainJudge() resumes to the same weights as an undisturbed training".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check keras==3.15.1 jax==0.10.2 numpy==2.3.4
cat > "$folder/run.py" <<'PY'
import sys

import keras
import numpy

folder = sys.argv[1]
ACCURACIES = [0.5, 0.9, 0.6, 0.4, 0.3, 0.2, 0.1, 0.1]
images, labels = numpy.ones((4, 2), "float32"), numpy.zeros(4, "int32")


class Epochs(keras.callbacks.Callback):
    """Writes the epoch into the weights, gives it a known accuracy, and cuts the run off where it is told to."""

    def __init__(self, cut):
        super().__init__()
        self.cut, self.rates = cut, []

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.cut:
            raise KeyboardInterrupt
        self.rates.append(float(self.model.optimizer.learning_rate))

    def on_epoch_end(self, epoch, logs=None):
        self.model.layers[-1].bias.assign([epoch, epoch])
        logs["val_accuracy"] = ACCURACIES[epoch]


def start(name, cut=None):
    """Number of epochs and their least learning rate."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="softmax")])
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    epochs = Epochs(cut)
    callbacks = keras.callbacks
    try:
        model.fit(images, labels, epochs=len(ACCURACIES), verbose=0, callbacks=[
            epochs,
            callbacks.ModelCheckpoint(f"{folder}/{name}.weights.h5", "val_accuracy", save_best_only=True, save_weights_only=True),
            callbacks.ReduceLROnPlateau("val_accuracy", factor=0.1, patience=2),
            callbacks.EarlyStopping("val_accuracy", patience=4),
            callbacks.BackupAndRestore(f"{folder}/{name}"),
        ])
    except KeyboardInterrupt:
        pass
    model.load_weights(f"{folder}/{name}.weights.h5")
    return len(epochs.rates), min(epochs.rates), int(model.layers[-1].bias.numpy()[0])


print(f"Keras {keras.__version__}, backend {keras.backend.backend()}: accuracies {ACCURACIES}")
whole = start("whole")
parts = [start("parts", cut) for cut in (3, 5, None)]
print(f"in one go: {whole[0]} epochs, rate down to {whole[1]:g}, kept is epoch {whole[2]}, {ACCURACIES[whole[2]]:.0%} right")
for count, rate, best in parts:
    print(f"with restarts: {count} epochs, rate down to {rate:g}, kept is epoch {best}, {ACCURACIES[best]:.0%} right")
if whole[2] != 1 or parts[0][2] != 1 or parts[1][2] != 3 or parts[2][2] != 5:
    sys.exit("The behaviour changed: the file of the best")
if whole[0] != 6 or sum(part[0] for part in parts) != len(ACCURACIES) or whole[1] > 0.05 or min(part[1] for part in parts) < 0.05:
    sys.exit("The behaviour changed: counts of epochs")
PY
KERAS_HOME="$folder" KERAS_BACKEND=jax JAX_PLATFORMS=cpu "$folder/venv/bin/python" "$folder/run.py" "$folder"
