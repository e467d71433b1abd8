import type { ReportData } from '../../api.js';
import type { Source } from './source.js';

/** Reads from the data that a report carries. */
export function reportSource(data: ReportData): Source {
  const networkOf = new Map(data.plan.trials.map(({ id, networkId }) => [id, networkId]));
  return {
    overview: async () => data.overview,
    plan: async () => data.plan,
    state: async () => data.state,
    curves: async (_id, networkIds) => {
      const wanted = new Set(networkIds);
      return { curves: data.curves.curves.filter(({ trialId }) => wanted.has(networkOf.get(trialId) ?? '')) };
    },
    failures: async () => data.failures,
    network: async (_id, networkId) => found(data.networks.find(({ id }) => id === networkId)),
    trial: async (_id, trialId) => found(data.trials.find(({ id }) => id === trialId)),
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
