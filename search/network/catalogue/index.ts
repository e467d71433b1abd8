import type { Architecture } from '../architecture.js';
import { efficientnetB0, efficientnetLite0 } from './efficientnet.js';
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
    efficientnetB0Small,
    mobilenetV2Small,
    mbconvTiny,
    mbconvShallow,
  ].map((network) => [network.name, network]),
);
