"""Loads exported networks by Keras and onnxruntime, where they are there, and compares outputs with the example.

    python3 lib/export/check_export.py FOLDER [FOLDER ...]

Wants numpy and at least one of the two: pip install onnxruntime onnx keras tensorflow-cpu. Ends with 1 where an output
differs by more than the example allows, or nothing could be loaded.
"""
import json
import pathlib
import sys

import numpy


def by_keras(path, inputs):
    import keras

    model = keras.models.load_model(path, compile=False)
    values = list(inputs.values())
    return f"Keras {keras.__version__}", model.predict_on_batch(values if len(values) > 1 else values[0])


def by_onnxruntime(path, inputs):
    import onnxruntime

    try:
        import onnx

        onnx.checker.check_model(onnx.load(path), full_check=True)
    except ImportError:
        pass
    session = onnxruntime.InferenceSession(str(path))
    return f"onnxruntime {onnxruntime.__version__}", session.run(None, inputs)[0]


def main(folders):
    checked = failed = 0
    for folder in map(pathlib.Path, folders):
        example = json.loads((folder / "example.json").read_text())
        array = lambda part: numpy.array(part["values"], numpy.float32).reshape(part["shape"])
        inputs = {name: array(part) for name, part in example["inputs"].items()}
        want = array(example["output"])
        for file, load in (("model.h5", by_keras), ("model.onnx", by_onnxruntime)):
            path = folder / file
            if not path.exists():
                continue
            try:
                library, found = load(path, inputs)
            except ImportError as error:
                print(f"{path}: not checked, {error}")
                continue
            difference = float(abs(numpy.asarray(found) - want).max())
            checked += 1
            failed += not difference <= example["tolerance"]
            print(f"{path}: {library} differs by {difference:.2e}, at most {example['tolerance']:.2e} is allowed")
    return 1 if failed or not checked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
