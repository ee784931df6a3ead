"""Runs an ONNX network for a process that writes images and reads outputs.

Usage: onnx_judge.py MODEL MEANS SCALE, MEANS being three numbers with commas between them.

Reads, again and again, three little-endian int32 (count, height, width) and count * height * width * 3 bytes; the network
sees (byte - mean of the channel) * scale as float32 [count, 3, height, width]. Writes one int32, the number of values, and
the first output as little-endian float32.
"""
import struct
import sys

import numpy as np
import onnxruntime


def main(model, means, scale):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    mean = np.array([float(value) for value in means.split(",")], np.float32)
    source, target = sys.stdin.buffer, sys.stdout.buffer
    name = session.get_inputs()[0].name
    while header := source.read(12):
        count, height, width = struct.unpack("<iii", header)
        pixels = np.frombuffer(source.read(count * height * width * 3), np.uint8)
        images = (pixels.reshape(count, height, width, 3).astype(np.float32) - mean) * np.float32(scale)
        outputs = session.run(None, {name: np.ascontiguousarray(images.transpose(0, 3, 1, 2))})[0]
        values = np.ascontiguousarray(outputs, "<f4").ravel()
        target.write(struct.pack("<i", values.size) + values.tobytes())
        target.flush()


main(*sys.argv[1:])
