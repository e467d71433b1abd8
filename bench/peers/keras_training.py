"""Keras on TensorFlow as a competitor, at its best setting for a CPU: a traced training step without XLA, whose code for CPUs trains a
small mobile network three times slower and takes minutes to compile a large one."""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"

import numpy as np
import tensorflow as tf
from rounds import answer_rounds, read_task
import keras
from keras import layers as L

task = read_task()
tf.config.threading.set_intra_op_parallelism_threads(task["threads"])
tf.config.threading.set_inter_op_parallelism_threads(1)
keras.utils.set_random_seed(1)
graph, batch = task["graph"], task["batch"]
DECAY = keras.regularizers.L2(0.5e-4)


def activation(name):
    return {"swish": "silu"}.get(name, name)


def squeeze_excite(x, layer):
    pooled = L.GlobalAveragePooling2D(keepdims=True)(x)
    hidden = L.Conv2D(layer["squeezed"], 1, activation=activation(layer["activation"]), kernel_regularizer=DECAY)(pooled)
    gate = L.Conv2D(x.shape[-1], 1, activation="sigmoid", kernel_regularizer=DECAY)(hidden)
    return L.Multiply()([x, gate])


def apply(layer, inputs):
    op, x = layer["op"], inputs[0]
    if op == "conv":
        return L.Conv2D(
            layer["filters"],
            layer["kernel"],
            layer["stride"],
            padding="same",
            use_bias=layer["bias"],
            kernel_initializer=keras.initializers.VarianceScaling(2.0, "fan_out"),
            kernel_regularizer=DECAY,
        )(x)
    if op == "depthwise":
        return L.DepthwiseConv2D(
            layer["kernel"], layer["stride"], padding="same", use_bias=layer["bias"], depthwise_regularizer=DECAY
        )(x)
    if op == "batchNorm":
        return L.BatchNormalization(epsilon=layer["epsilon"], momentum=layer["momentum"])(x)
    if op == "activation":
        return L.Activation(activation(layer["activation"]))(x)
    if op == "squeezeExcite":
        return squeeze_excite(x, layer)
    if op == "maxPool":
        return L.MaxPooling2D(layer["kernel"], layer["stride"], padding="same")(x)
    if op == "globalAveragePool":
        return L.GlobalAveragePooling2D()(x)
    if op == "flatten":
        return L.Flatten()(x)
    if op == "dense":
        return L.Dense(layer["units"], use_bias=layer["bias"], kernel_regularizer=DECAY)(x)
    if op == "add":
        return L.Add()(inputs)
    raise ValueError(f"no layer {op} here")


values = {"input": keras.Input(tuple(graph["input"]))}
for layer in graph["layers"]:
    values[layer["name"]] = apply(layer, [values[name] for name in layer["inputs"]])
model = keras.Model(values["input"], values[graph["output"]])
optimizer = keras.optimizers.SGD(0.01, momentum=0.9)
optimizer.build(model.trainable_variables)
loss_of = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)
images = tf.random.normal((batch, *graph["input"]))
labels = tf.one_hot(tf.random.uniform((batch,), 0, task["classes"], tf.int32), task["classes"])


@tf.function(jit_compile=False)
def train(images, labels):
    with tf.GradientTape() as tape:
        loss = loss_of(labels, model(images, training=True))
        total = loss + sum(model.losses)
    optimizer.apply_gradients(zip(tape.gradient(total, model.trainable_variables), model.trainable_variables))
    return loss


def step():
    if not np.isfinite(train(images, labels).numpy()):
        raise ValueError("the loss is not finite")


for _ in range(3):
    step()
about = {
    "engineVersion": f"{keras.__version__} on TensorFlow {tf.__version__}",
    "device": "CPU",
    "params": int(sum(np.prod(v.shape) for v in model.trainable_variables)),
}
answer_rounds(about, batch, step)
