"""Reads the images of a case: raw floats from 0 to 255, [images, height, width, channels]."""
import json
import sys
from pathlib import Path

import numpy as np


def folders():
    return [Path(folder) for folder in sys.argv[1:]]


def pixels(folder):
    shape = json.loads((folder / "shape.json").read_text())
    return np.fromfile(folder / "pixels.f32", dtype="<f4").reshape(shape)


def channels_first(images):
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))


def answer(results):
    """Prints one JSON object: a result for each folder."""
    print(json.dumps({str(folder): result for folder, result in results.items()}))
