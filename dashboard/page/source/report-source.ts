import type { PicturesView, ReportData } from '../../api.js';
import { fromColumns, toCurve } from '../../views/curves.js';
import type { Source } from './source.js';

/** The data that a report carries, from the text that `packReport` made of it; the browser's own decompression undoes it. */
export async function unpackReport(text: string): Promise<ReportData> {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const json = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(json).json();
}

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
    pictures: async (_id, trialId) => picturesOf(data, trialId),
    pictureUrl: (_id, trialId, image) => {
      const { mistakes } = found(data.trials.find(({ id }) => id === trialId));
      const place = mistakes?.findIndex((mistake) => mistake.image === image) ?? -1;
      return `data:image/png;base64,${data.pictures?.pngs[place] ?? ''}`;
    },
    access: async () => ({ control: 'none' }),
    control: async () => {
      throw new Error('A report cannot control a search.');
    },
    listen: (_onChange, onConnection) => {
      onConnection('report');
      return () => undefined;
    },
  };
}

function picturesOf({ pictures }: ReportData, trialId: string): PicturesView {
  if (!pictures)
    return {
      classes: null,
      sidePx: null,
      missing: 'the data were unavailable or had changed when this report was written',
    };
  const { classes, sidePx } = pictures;
  if (pictures.trialId === trialId) return { classes, sidePx, missing: null };
  const missing = `this report contains images for only one trial of the chosen network, ${pictures.trialId}; \`triscale dashboard\` shows them for every trial`;
  return { classes, sidePx: null, missing };
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('This page does not exist in the report.');
  return value;
}
