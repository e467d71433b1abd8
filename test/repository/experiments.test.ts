import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadExperiment } from '../../experiments/run/experiment-file.js';
import { makePlan } from '../../search/plan/plan.js';
import { planSummary } from '../../search/plan/plan-summary.js';

const folder = path.resolve(import.meta.dirname, '../../experiments');
const files = readdirSync(folder).filter((file) => file.endsWith('.json') && !file.endsWith('.schema.json'));

describe('an experiment of ours', () => {
  it.each(files)('%s opens with its question, the outcome expected and what it costs', (name) => {
    const file = path.join(folder, name);
    const { question, expected, cost } = JSON.parse(readFileSync(file, 'utf8'));
    expect(question).toMatch(/\?$/);
    expect(expected.length).toBeGreaterThan(20);
    const { spec, baseline } = loadExperiment(file);
    const { trials, seedBudget } = planSummary(makePlan(spec, baseline));
    expect(cost).toContain(`${trials} trainings`);
    if (seedBudget > 0) expect(cost).toContain(`up to ${seedBudget} further seeds`);
  });

  it('is each of four', () => {
    expect(files.toSorted()).toEqual(['cifar10.json', 'demo.json', 'dimensions.json', 'paper.json']);
  });
});
