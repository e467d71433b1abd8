import type { TrialState } from '../../../search/plan/outcomes.js';
import type { Filter, Range } from './filter.js';
import { type CostMetricName, costMetrics, type FamilyMeasure, familyMeasures } from './metrics.js';

export type Layer = 'front' | 'limits' | 'series' | 'intervals' | 'published';

/** The reader's settings on a search's page. All of them live in the address, so that a link shows what its sender saw. */
export interface Settings extends Filter {
  readonly metric: CostMetricName;
  readonly layers: ReadonlySet<Layer>;
  /** Rule of choice; null for the default one. */
  readonly rule: string | null;
  readonly curves: 5 | 10 | 20;
  readonly measure: 'validationAccuracy' | 'validationLoss' | 'trainLoss';
  readonly table: 'networks' | 'trials';
  readonly family: FamilyMeasure;
}

export const trialStates: readonly TrialState[] = ['completed', 'running', 'queued', 'paused', 'failed', 'cancelled'];

export const layerNames: readonly Layer[] = ['front', 'limits', 'series', 'intervals', 'published'];

export const defaults: Settings = {
  states: new Set(['completed']),
  range: null,
  metric: 'macs',
  layers: new Set(['front', 'limits', 'series', 'intervals']),
  rule: null,
  curves: 10,
  measure: 'validationAccuracy',
  table: 'networks',
  family: 'activations',
};

const curveCounts = [5, 10, 20] as const;
const measures = ['validationAccuracy', 'validationLoss', 'trainLoss'] as const;

/** Parses the settings in an address; invalid ones fall back to the default. */
export function parseSettings(params: URLSearchParams): Settings {
  return {
    states: parseSet(params.get('states'), trialStates, defaults.states),
    range: parseRange(params.get('range')),
    metric: oneOf(params.get('cost'), Object.keys(costMetrics) as CostMetricName[], defaults.metric),
    layers: parseSet(params.get('layers'), layerNames, defaults.layers),
    rule: params.get('rule'),
    curves: oneOf(Number(params.get('curves')), curveCounts, defaults.curves),
    measure: oneOf(params.get('measure'), measures, defaults.measure),
    family: oneOf(params.get('family'), Object.keys(familyMeasures) as FamilyMeasure[], defaults.family),
    table: oneOf(params.get('table'), ['networks', 'trials'] as const, defaults.table),
  };
}

/** The address parameters of some settings; defaults are left out. */
export function formatSettings(settings: Settings): URLSearchParams {
  const params = new URLSearchParams();
  const { states, range, metric, layers, rule, curves, measure, table, family } = settings;
  if (!areEqual(states, defaults.states)) params.set('states', [...states].join(','));
  if (range) params.set('range', [range.metric, ...range.cost, ...range.accuracy].join(','));
  if (metric !== defaults.metric) params.set('cost', metric);
  if (!areEqual(layers, defaults.layers)) params.set('layers', [...layers].join(','));
  if (rule !== null) params.set('rule', rule);
  if (curves !== defaults.curves) params.set('curves', String(curves));
  if (measure !== defaults.measure) params.set('measure', measure);
  if (table !== defaults.table) params.set('table', table);
  if (family !== defaults.family) params.set('family', family);
  return params;
}

/** The set with an element added, or removed where it was in. */
export function toggled<T>(set: ReadonlySet<T>, element: T): ReadonlySet<T> {
  const next = new Set(set);
  if (!next.delete(element)) next.add(element);
  return next;
}

function parseSet<T extends string>(
  text: string | null,
  legal: readonly T[],
  otherwise: ReadonlySet<T>,
): ReadonlySet<T> {
  if (text === null) return otherwise;
  const named = new Set(text.split(','));
  return new Set(legal.filter((element) => named.has(element)));
}

function parseRange(text: string | null): Range | null {
  const [metric = '', ...numbers] = (text ?? '').split(',');
  const [low, high, from, to] = numbers.map(Number);
  if (!Object.hasOwn(costMetrics, metric) || numbers.length !== 4) return null;
  if (low === undefined || high === undefined || from === undefined || to === undefined) return null;
  if (![low, high, from, to].every(Number.isFinite)) return null;
  return { metric: metric as CostMetricName, cost: [low, high], accuracy: [from, to] };
}

function oneOf<T>(value: unknown, legal: readonly T[], otherwise: T): T {
  return legal.includes(value as T) ? (value as T) : otherwise;
}

function areEqual<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): boolean {
  return a.size === b.size && [...a].every((element) => b.has(element));
}
