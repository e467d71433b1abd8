"""timm_scores.py FOLDER...: what PyTorch predicts with each folder's timm/ for its pixels."""
import importlib.util

import torch

from pixels import answer, channels_first, folders, pixels


def scores(folder):
    spec = importlib.util.spec_from_file_location(f"model_{folder.name}", folder / "timm/model.py")
    model = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(model)
    network = model.build().eval()
    with torch.no_grad():
        images = torch.from_numpy(channels_first(pixels(folder)))
        return network(model.preprocess(images)).flatten().tolist()


answer({folder: scores(folder) for folder in folders()})
