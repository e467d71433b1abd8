import type { EdgeContact } from '../surface.js';
import { type Finding, type HealthInput, pass } from './check.js';

const coefficientSign = { depth: 'α', width: 'β', resolution: 'γ' } as const;

export function optimumAtTheEdge({ surface }: HealthInput): Finding | null {
  if (!surface) return null;
  const { edge } = surface.optimum;
  if (edge.length === 0) return pass('the optimum of the fitted surface lies inside what was searched.');
  const extend = ({ dimension, side, coefficient }: EdgeContact) =>
    `${coefficientSign[dimension]} ${side === 'most' ? 'beyond' : 'below'} ${Number(coefficient.toFixed(3))}`;
  return {
    verdict: 'WARNING',
    finding: `the fitted surface is highest at the edge of the grid (${edge.map(({ dimension, side }) => `${side} ${dimension}`).join(', ')}).`,
    remedy: `Extend ${edge.map(extend).join(' and ')}.`,
  };
}
