import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReportData } from '../../../dashboard/api.js';
import { reportSource, unpackReport } from '../../../dashboard/page/source/report-source.js';
import { packReport, reportData } from '../../../dashboard/report.js';
import { StoreViews } from '../../../dashboard/views/store-views.js';
import { StoreReader } from '../../../db/reader.js';
import { scratchFolder } from '../../support/scratch.js';
import { fillSimulatedStore } from '../../support/simulated-store.js';

const file = path.join(scratchFolder('page-report'), 'store.sqlite');
let data: ReportData;
beforeAll(async () => {
  const { searchId } = fillSimulatedStore(file, { finish: 20 });
  const reader = StoreReader.open(file);
  data = (await reportData(new StoreViews(reader), searchId, undefined))!;
  reader.close();
});

describe('the data of a report', () => {
  it('come out of their packing as they went in, with the share that is packed rising to 1', async () => {
    const shares: number[] = [];
    const text = packReport(data, (share) => shares.push(share));
    expect(text).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(await unpackReport(text)).toEqual(JSON.parse(JSON.stringify(data)));
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  });

  it('pack to the same text every time', () => {
    expect(packReport(data)).toBe(packReport(structuredClone(data)));
  });

  it('that are damaged are refused', async () => {
    const text = packReport(data);
    await expect(unpackReport(text.slice(0, text.length / 2))).rejects.toThrow();
    await expect(unpackReport('<not base64>')).rejects.toThrow();
  });
});

describe('the source that reads a report', () => {
  it('gives the curves of the asked networks alone, and only of trials with an epoch', async () => {
    const source = reportSource(data);
    const trained = data.trials.filter(({ epochs }) => epochs.epoch.length > 0);
    const { networkId } = trained[0]!;
    const own = trained.filter((trial) => trial.networkId === networkId);
    const { curves } = await source.curves(1, [networkId]);
    expect(curves.map(({ trialId }) => trialId)).toEqual(own.map(({ id }) => id));
    expect(curves[0]!.validationLoss).toEqual(own[0]!.epochs.validationLoss);
    expect((await source.curves(1, [])).curves).toEqual([]);
  });

  it('gives a trial its epochs as rows', async () => {
    const packed = data.trials.find(({ epochs }) => epochs.epoch.length > 1)!;
    const { epochs } = await reportSource(data).trial(1, packed.id);
    expect(epochs.map(({ epoch }) => epoch)).toEqual(packed.epochs.epoch);
    expect(epochs.map(({ trainLoss }) => trainLoss)).toEqual(packed.epochs.trainLoss);
  });

  it('says so where a page is not in the report, and controls nothing', async () => {
    const source = reportSource(data);
    await expect(source.trial(1, 'nothing')).rejects.toThrow('does not exist in the report');
    await expect(source.network(1, 'nothing')).rejects.toThrow('does not exist in the report');
    await expect(source.control(1, { command: 'pause' })).rejects.toThrow();
    expect(await source.access()).toEqual({ control: 'none' });
    expect(await source.pictures(1, data.trials[0]!.id)).toMatchObject({ classes: null, sidePx: null });
  });
});
