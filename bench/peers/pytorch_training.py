"""PyTorch as a competitor, at its best settings for a CPU: channels_last, the fused optimiser, activations in place where PyTorch's own
models have them. Mode `eager` or `compile`.

Padding at stride 2 is symmetric, as PyTorch's models have it: TensorFlow's split would cost a separate pass here, and the outputs have
the same size."""
import math

import torch
import torch.nn.functional as F
from rounds import answer_rounds, read_task
from torch import nn

task = read_task()
torch.set_num_threads(task["threads"])
torch.manual_seed(1)
graph, batch = task["graph"], task["batch"]

ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": lambda x: F.relu(x, inplace=True),
    "relu6": lambda x: F.relu6(x, inplace=True),
    "swish": F.silu,
    "sigmoid": torch.sigmoid,
}


class SqueezeExcite(nn.Module):
    def __init__(self, channels, squeezed, activation):
        super().__init__()
        self.reduce = nn.Conv2d(channels, squeezed, 1)
        self.expand = nn.Conv2d(squeezed, channels, 1)
        self.activation = ACTIVATIONS[activation]

    def forward(self, x):
        pooled = x.mean((2, 3), keepdim=True)
        return x * torch.sigmoid(self.expand(self.activation(self.reduce(pooled))))


def module_of(layer, channels):
    """The module of a layer that has parameters, else None."""
    op = layer["op"]
    if op == "conv":
        return nn.Conv2d(
            channels, layer["filters"], layer["kernel"], layer["stride"], layer["kernel"] // 2, bias=layer["bias"]
        )
    if op == "depthwise":
        return nn.Conv2d(
            channels, channels, layer["kernel"], layer["stride"], layer["kernel"] // 2, groups=channels, bias=layer["bias"]
        )
    if op == "batchNorm":
        return nn.BatchNorm2d(channels, layer["epsilon"], 1 - layer["momentum"])
    if op == "squeezeExcite":
        return SqueezeExcite(channels, layer["squeezed"], layer["activation"])
    if op == "dense":
        return nn.Linear(channels, layer["units"], layer["bias"])
    return None


def function_of(layer):
    """What a layer without parameters computes of the list of its inputs."""
    op = layer["op"]
    if op == "activation":
        activate = ACTIVATIONS[layer["activation"]]
        return lambda x: activate(x[0])
    if op == "maxPool":
        kernel, stride = layer["kernel"], layer["stride"]
        return lambda x: F.max_pool2d(x[0], kernel, stride, kernel // 2)
    if op == "globalAveragePool":
        return lambda x: x[0].mean((2, 3))
    if op == "flatten":
        return lambda x: x[0].flatten(1)
    if op == "add":
        return lambda x: x[0] + x[1]
    raise ValueError(f"no layer {op} here")


class Network(nn.Module):
    """Computes a layer graph in order; what no later layer reads is let go of."""

    def __init__(self):
        super().__init__()
        self.weighted = nn.ModuleList()
        shapes = {"input": graph["input"]}
        places = {"input": 0}
        self.steps = []
        last_reader = {}
        for i, layer in enumerate(graph["layers"]):
            channels = shapes[layer["inputs"][0]][2]
            shapes[layer["name"]] = layer["shape"]
            places[layer["name"]] = i + 1
            module = module_of(layer, channels)
            if module is not None:
                self.weighted.append(module)
            inputs = [places[name] for name in layer["inputs"]]
            for place in inputs:
                last_reader[place] = i
            self.steps.append((inputs, -1 if module is None else len(self.weighted) - 1, module is None and function_of(layer)))
        self.releases = [[p for p, reader in last_reader.items() if reader == i] for i in range(len(self.steps))]

    def forward(self, x):
        values = [x] + [None] * len(self.steps)
        for i, (inputs, module, function) in enumerate(self.steps):
            read = [values[place] for place in inputs]
            values[i + 1] = self.weighted[module](read[0]) if module >= 0 else function(read)
            for place in self.releases[i]:
                values[place] = None
        return values[-1]


network = Network().to(memory_format=torch.channels_last)
for module in network.modules():
    if isinstance(module, nn.Conv2d):
        fan_out = module.kernel_size[0] ** 2 * module.out_channels / module.groups
        nn.init.normal_(module.weight, std=math.sqrt(2 / fan_out))
kernels = [p for p in network.parameters() if p.dim() > 1]
others = [p for p in network.parameters() if p.dim() <= 1]
optimizer = torch.optim.SGD(
    [{"params": kernels, "weight_decay": 1e-4}, {"params": others}], lr=0.01, momentum=0.9, fused=True
)
height, width, channels = graph["input"]
images = torch.randn(batch, channels, height, width).contiguous(memory_format=torch.channels_last)
labels = torch.randint(0, task["classes"], (batch,))
forward = torch.compile(network) if task["mode"] == "compile" else network


def step():
    optimizer.zero_grad(set_to_none=True)
    loss = F.cross_entropy(forward(images), labels, label_smoothing=0.1)
    loss.backward()
    optimizer.step()
    if not math.isfinite(loss.item()):
        raise ValueError("the loss is not finite")


for _ in range(3):
    step()
about = {
    "engineVersion": torch.__version__,
    "device": torch.backends.cpu.get_cpu_capability(),
    "params": sum(p.numel() for p in network.parameters()),
}
answer_rounds(about, batch, step)
