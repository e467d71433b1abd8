/** The Python module next to the arguments and the weights: `build()` returns the network with its weights loaded. */
export const timmProgram = `"""The network of arguments.json, built with timm, with the weights of model.safetensors.

    from model import build, preprocess
    network = build().eval()
    scores = network(preprocess(pixels))   # pixels: [batch, channels, height, width] from 0 to 255

Needs torch, timm and safetensors.
"""
import json
import math
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from unittest import mock

import torch
from safetensors.torch import load_file
from timm.layers import get_act_layer
from timm.models import _efficientnet_blocks as blocks
from timm.models._efficientnet_builder import decode_arch_def, round_channels
from timm.models.efficientnet import EfficientNet

FOLDER = Path(__file__).parent
ARGUMENTS = json.loads((FOLDER / "arguments.json").read_text())


def build(weights=True):
    a = ARGUMENTS
    se_act = a["se_act_layer"]
    # timm rounds expanded widths to multiples of 8; a network with other widths is built without that rounding.
    exact = mock.patch.object(blocks, "make_divisible", lambda v, *_, **__: round(v))
    with nullcontext() if a["round_expansion"] else exact:
        network = EfficientNet(
            decode_arch_def(a["arch_def"], depth_multiplier=a["depth_multiplier"]),
            num_classes=a["num_classes"],
            num_features=a["num_features"],
            in_chans=a["in_chans"],
            stem_size=a["stem_size"],
            stem_kernel_size=a["stem_kernel_size"],
            fix_stem=a["fix_stem"],
            output_stride=1 << 20,
            pad_type=a["pad_type"],
            round_chs_fn=_rounding(a),
            act_layer=get_act_layer(a["act_layer"]),
            norm_layer=partial(torch.nn.BatchNorm2d, eps=a["bn_eps"], momentum=a["bn_momentum"]),
            se_layer=partial(
                blocks.SqueezeExcite,
                rd_round_fn=lambda c: max(1, math.floor(c + 1e-6)),
                force_act_layer=get_act_layer(se_act) if se_act else None,
            ),
            drop_rate=a["drop_rate"],
            drop_path_rate=a["drop_path_rate"],
        )
    # timm's stem always has stride 2.
    network.conv_stem.stride = (a["stem_stride"], a["stem_stride"])
    if weights:
        network.load_state_dict(load_file(FOLDER / "model.safetensors"))
    return network


def preprocess(pixels):
    """Pixels from 0 to 255 as the network was trained on them."""
    shape = (1, -1, 1, 1)
    mean, std = (torch.tensor(ARGUMENTS[key]).reshape(shape) for key in ("mean", "std"))
    return (pixels / 255 - mean) / std


def _rounding(a):
    if a["channel_multiplier"] == 1:
        return int
    return partial(round_channels, multiplier=a["channel_multiplier"], divisor=a["channel_divisor"])
`;
