import type { Architecture } from '../architecture.js';
import { densenet121, densenet169, densenet201 } from './densenet.js';
import { efficientnetB0, efficientnetLite0 } from './efficientnet.js';
import { googlenet } from './googlenet.js';
import { mnasnetA1, mnasnetB1 } from './mnasnet.js';
import { mobilenetV1, mobilenetV2 } from './mobilenet.js';
import { resnet18, resnet50 } from './resnet.js';
import { efficientnetB0Small, mbconvShallow, mbconvTiny, mobilenetV2Small } from './small-images.js';
import { vgg16 } from './vgg.js';

/** The networks that can be a baseline, by name. */
export const catalogue: Readonly<Record<string, Architecture>> = Object.fromEntries(
  [
    efficientnetB0,
    efficientnetLite0,
    mobilenetV1,
    mobilenetV2,
    mnasnetA1,
    mnasnetB1,
    resnet18,
    resnet50,
    vgg16,
    googlenet,
    densenet121,
    densenet169,
    densenet201,
    efficientnetB0Small,
    mobilenetV2Small,
    mbconvTiny,
    mbconvShallow,
  ].map((network) => [network.name, network]),
);
