import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { StoreReader } from '../../../../db/reader.js';
import { readSearchEvidence, type SearchEvidence } from '../../../../experiments/handover/evidence.js';
import { familyCsv, familyMarkdown } from '../../../../experiments/handover/exports/family-tables.js';
import { type FamilyRecord, familyRecord } from '../../../../experiments/handover/family/record.js';
import { multipliers } from '../../../../search/scaling/coefficients.js';
import { scratchFolder } from '../../../support/scratch.js';
import { fillSimulatedStore } from '../../../support/simulated-store.js';

const store = path.join(scratchFolder('family'), 'b0.sqlite');
let evidence: SearchEvidence;
let family: FamilyRecord;

beforeAll(() => {
  fillSimulatedStore(store, {
    experiment: {
      baseline: 'efficientnet-b0',
      singleDimension: false,
      grid: {
        alpha: { from: 1, to: 2, step: 0.25 },
        beta: { from: 1, to: 1.5, step: 0.25 },
        gamma: { from: 1, to: 1.5, step: 0.25 },
      },
    },
  });
  const reader = StoreReader.open(store);
  const [summary] = reader.searches();
  if (!summary) throw new Error('no search');
  evidence = readSearchEvidence(reader, summary);
  reader.close();
  family = familyRecord(evidence, [0, 1, 2]) as FamilyRecord;
});

describe('the family of a search', () => {
  it('is that of the chosen coefficients, each member followed by its rivals', () => {
    const { alpha, beta, gamma } = evidence.selection.choice?.coefficients ?? { alpha: 0, beta: 0, gamma: 0 };
    expect(family.chosen).toEqual({ alpha, beta, gamma });
    expect(family.rows.map(({ rule, phi }) => `${rule} ${phi}`)).toEqual([
      'compound 0',
      ...[1, 2].flatMap((phi) => ['compound', 'depth', 'width', 'resolution', 'fast'].map((rule) => `${rule} ${phi}`)),
    ]);
    expect(family.rows[0]).toMatchObject({ realised: 1, multipliers: { depth: 1, width: 1, resolution: 1 } });
    expect(family.rows[1]?.multipliers).toEqual(multipliers({ alpha, beta, gamma, phi: 1 }));
  });

  it('predicts the time of a training from what the search measured, in proportion to activations', () => {
    const [first, second] = family.rows;
    const ratio = (second?.predictedWallMs as number) / (first?.predictedWallMs as number);
    expect(ratio).toBeCloseTo((second?.cost.activations as number) / (first?.cost.activations as number), 9);
    const own = evidence.trials.find((trial) => trial.networkId === evidence.plan.networks[0]?.id);
    const measured = own?.state === 'completed' ? own.result.wallMs : 0;
    expect((first?.predictedWallMs as number) / measured).toBeGreaterThan(0.3);
    expect((first?.predictedWallMs as number) / measured).toBeLessThan(3);
  });

  it('as CSV has a line for each row and every number in full', () => {
    const lines = familyCsv(family).split('\r\n');
    expect(lines.length).toBe(1 + family.rows.length + 1);
    const heads = lines[0]?.split(',') ?? [];
    const cells = lines[2]?.split(',') ?? [];
    const cell = (head: string) => cells[heads.indexOf(head)];
    expect(Number(cell('depth_multiplier'))).toBe(family.rows[1]?.multipliers.depth);
    expect(Number(cell('macs'))).toBe(family.rows[1]?.cost.macs);
    expect(cell('validation_accuracy')).toBe('');
  });

  it('as Markdown stands beside the published one and says why that is another', () => {
    const text = familyMarkdown(family);
    expect(text).toContain('| efficientnet-b7 | 3.1 | 2.0 | 600 |');
    expect(text).toContain('are not α^φ, β^φ, γ^φ');
    expect(text).toContain('simulated');
  });

  it('holds trained accuracies where there are some', () => {
    const id = family.rows[1]?.networkId as string;
    const trained = new Map([[id, { seeds: 2, mean: 0.75, half: 0.015 }]]);
    expect(familyMarkdown(family, trained)).toContain('75.00 ± 1.50 % (2)');
    expect(familyCsv(family, trained)).toContain(',0.75,0.015,2,');
  });
});
