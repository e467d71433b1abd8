import { lookup } from '../base/errors.js';
import { scaleArchitecture } from '../scaling/scaling.js';
import type { Architecture } from './architecture.js';
import { catalogue } from './catalogue/index.js';

/** A member of a published family: its baseline and the multipliers that its authors list. */
export interface Preset {
  readonly title: string;
  readonly baseline: string;
  readonly width: number;
  readonly depth: number;
  readonly resolutionPx: number;
  readonly dropout: number;
}

/** Presets of one baseline, by title: width, depth, resolution, dropout. Their names are the titles in lower case. */
function family(baseline: string, rows: Readonly<Record<string, readonly [number, number, number, number]>>) {
  return Object.fromEntries(
    Object.entries(rows).map(([title, [width, depth, resolutionPx, dropout]]): [string, Preset] => [
      title.toLowerCase(),
      { title, baseline, width, depth, resolutionPx, dropout },
    ]),
  );
}

/**
 * Width, depth, resolution, dropout as published (tensorflow/tpu efficientnet_builder.py and lite/efficientnet_lite_builder.py).
 * B1 to B7 are *not* 1.2^φ, 1.1^φ and 224 · 1.15^φ for any one φ: the authors rounded each by hand.
 */
export const presets: Readonly<Record<string, Preset>> = {
  ...family('efficientnet-b0', {
    'EfficientNet-B1': [1.0, 1.1, 240, 0.2],
    'EfficientNet-B2': [1.1, 1.2, 260, 0.3],
    'EfficientNet-B3': [1.2, 1.4, 300, 0.3],
    'EfficientNet-B4': [1.4, 1.8, 380, 0.4],
    'EfficientNet-B5': [1.6, 2.2, 456, 0.4],
    'EfficientNet-B6': [1.8, 2.6, 528, 0.5],
    'EfficientNet-B7': [2.0, 3.1, 600, 0.5],
    'EfficientNet-B8': [2.2, 3.6, 672, 0.5],
    'EfficientNet-L2': [4.3, 5.3, 800, 0.5],
  }),
  ...family('efficientnet-lite0', {
    'EfficientNet-Lite1': [1.0, 1.1, 240, 0.2],
    'EfficientNet-Lite2': [1.1, 1.2, 260, 0.3],
    'EfficientNet-Lite3': [1.2, 1.4, 280, 0.3],
    'EfficientNet-Lite4': [1.4, 1.8, 300, 0.3],
  }),
};

export interface NetworkEntry {
  readonly name: string;
  readonly title: string;
  readonly kind: 'catalogue' | 'preset';
  readonly source: string;
  readonly resolutionPx: number;
}

/** All named networks: the catalogue first, then the presets. */
export function networks(): readonly NetworkEntry[] {
  return [...Object.keys(catalogue), ...Object.keys(presets)].map((name) => {
    const network = resolveNetwork(name);
    return {
      name,
      title: network.title ?? name,
      kind: Object.hasOwn(catalogue, name) ? 'catalogue' : 'preset',
      source: network.source ?? '',
      resolutionPx: network.resolutionPx,
    };
  });
}

/**
 * The network or preset called `name`. An unknown name is an `InputError` that lists all names and suggests the nearest one; `path` says where
 * it was given.
 */
export function resolveNetwork(name: string, path = 'network'): Architecture {
  const entry = lookup<Architecture | Preset>({ ...catalogue, ...presets }, name, path);
  return 'stages' in entry ? entry : buildPreset(name, entry);
}

function buildPreset(name: string, { title, baseline, width, depth, resolutionPx, dropout }: Preset): Architecture {
  const original = lookup(catalogue, baseline, name);
  const scaled = scaleArchitecture(
    original,
    { depth, width, resolution: resolutionPx / original.resolutionPx },
    { rounding: 'efficientnet', resolutionMultiple: 1, regularisation: { ...original.regularisation, dropout } },
  );
  return { ...scaled, name, title };
}
