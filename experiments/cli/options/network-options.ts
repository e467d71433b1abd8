import { type Command, Option } from 'commander';
import type { Architecture } from '../../../search/network/architecture.js';
import { expand } from '../../../search/network/graph.js';
import { scaleArchitecture } from '../../../search/scaling/scaling.js';
import { loadNetwork } from '../../run/experiment-file.js';
import { integer, number } from './options.js';

/** Flags that change a named network before it is costed or trained. */
export interface NetworkOptions {
  readonly resolution?: number;
  readonly width?: number;
  readonly depth?: number;
  readonly classes?: number;
}

export function addNetworkOptions(command: Command): Command {
  return command
    .addOption(new Option('--resolution <px>', 'input resolution').argParser(integer('--resolution', 1, 4096)))
    .addOption(new Option('--width <w>', 'width multiplier').argParser(number('--width', 0.01, 100)))
    .addOption(new Option('--depth <d>', 'depth multiplier').argParser(number('--depth', 0.01, 100)))
    .addOption(new Option('--classes <n>', 'number of classes').argParser(integer('--classes', 2, 1_000_000)));
}

/** The network that a name or a file and the flags ask for, with EfficientNet's rounding; throws where it cannot be built. */
export function networkFromOptions(nameOrFile: string, options: NetworkOptions): Architecture {
  const named = loadNetwork(nameOrFile, 'network');
  const { width = 1, depth = 1 } = options;
  const scaled =
    width === 1 && depth === 1
      ? named
      : scaleArchitecture(named, { depth, width, resolution: 1 }, { rounding: 'efficientnet', resolutionMultiple: 1 });
  const network = {
    ...scaled,
    name: variantName(named.name, width, depth),
    title: variantName(named.title ?? named.name, width, depth),
    resolutionPx: options.resolution ?? scaled.resolutionPx,
    classes: options.classes ?? scaled.classes,
  };
  expand(network);
  return network;
}

/** A scaled network has its own name, so that neither its title nor its folder is mistaken for the original's. */
function variantName(name: string, width: number, depth: number): string {
  return `${name}${width === 1 ? '' : `-w${width}`}${depth === 1 ? '' : `-d${depth}`}`;
}
