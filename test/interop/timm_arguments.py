"""timm_arguments.py FOLDER...: trainable parameters of the network that each folder's model.py and arguments.json make, without weights."""
import importlib.util

from pixels import answer, folders


def count(folder):
    spec = importlib.util.spec_from_file_location(f"model_{folder.name}", folder / "model.py")
    model = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(model)
    return sum(parameter.numel() for parameter in model.build(weights=False).parameters())


answer({folder: count(folder) for folder in folders()})
