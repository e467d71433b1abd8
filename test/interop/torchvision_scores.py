"""torchvision_scores.py FOLDER...: what torchvision's network of each folder's name predicts for its pixels, with the weights of
weights.safetensors, which are in the order of the network's own and named so that they sort in it."""
import torch
import torchvision
from safetensors.torch import load_file

from pixels import answer, channels_first, folders, pixels


def scores(folder):
    options = {"aux_logits": False, "init_weights": False} if folder.name == "googlenet" else {}
    network = getattr(torchvision.models, folder.name)(weights=None, num_classes=12, **options).eval()
    names = [name for name in network.state_dict() if not name.endswith("num_batches_tracked")]
    ours = [tensor for _, tensor in sorted(load_file(folder / "weights.safetensors").items())]
    assert len(names) == len(ours), f"{len(names)} tensors, and {len(ours)} of ours"
    network.load_state_dict(dict(zip(names, ours)), strict=False)
    with torch.no_grad():
        return network(torch.from_numpy(channels_first(pixels(folder))) / 255).flatten().tolist()


answer({folder: scores(folder) for folder in folders()})
