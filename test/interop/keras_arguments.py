"""keras_arguments.py FILE...: parameters of the EfficientNet that each file's arguments make."""
import json

from keras.src.applications.efficientnet import EfficientNet

from pixels import answer, folders


def count(file):
    network = EfficientNet(**json.loads(file.read_text()), weights=None)
    return sum(int(weight.numpy().size) for weight in network.trainable_weights)


answer({file: count(file) for file in folders()})
