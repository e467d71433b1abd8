import type { ReportData } from '../../api.js';
import { toCurve } from '../../views/curve.js';
import { fromColumns } from '../../views/epoch-columns.js';
import type { Source } from './source.js';

/** Reads from the data that a report carries. */
export function reportSource(data: ReportData): Source {
  return {
    overview: async () => ({ store: data.plan.name, bytes: null, freeBytes: null, searches: [data.card] }),
    plan: async () => data.plan,
    state: async () => data.state,
    curves: async (_id, networkIds) => {
      const wanted = new Set(networkIds);
      const own = data.trials.filter(({ networkId, epochs }) => wanted.has(networkId) && epochs.epoch.length > 0);
      return { curves: own.map(({ id, epochs }) => toCurve(id, fromColumns(epochs))) };
    },
    surface: async () => data.surface,
    family: async () => data.family,
    failures: async () => data.failures,
    network: async (_id, networkId) => found(data.networks.find(({ id }) => id === networkId)),
    trial: async (_id, trialId) => {
      const { epochs, ...page } = found(data.trials.find(({ id }) => id === trialId));
      return { ...page, epochs: fromColumns(epochs) };
    },
    access: async () => ({ control: 'none' }),
    control: async () => {
      throw new Error('A report controls nothing.');
    },
    listen: (_onChange, onConnection) => {
      onConnection('report');
      return () => undefined;
    },
  };
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('This report has no such page.');
  return value;
}
