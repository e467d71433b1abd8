import type { Chart } from 'chart.js';
import { useState } from 'preact/hooks';
import { areaBetween, Brush, type BrushedArea, type Place } from './brush.js';

/** A point that the keyboard can walk to. */
export interface WalkPoint {
  readonly datasetIndex: number;
  readonly index: number;
  /** Text for a screen reader, made only when the point is walked to, since there may be thousands. */
  readonly text: () => string;
  /** Where Enter and a click lead; null for nowhere. */
  readonly href: string | null;
}

/** Around the points that are selected, so that they lie inside and not on the edge, pixels. */
const marginPx = 4;

/**
 * Selecting by keyboard, as dragging does by mouse: with Shift a walk along the points takes in what lies between its ends, and letting go of
 * Shift selects it. `points`: those that the chart shows now. Returns what to call, and what is to be
 * drawn over the chart.
 */
export function useStretch(
  chart: { current: Chart | null },
  points: { current: readonly WalkPoint[] },
  onBrush: ((area: BrushedArea) => void) | undefined,
) {
  const [ends, setEnds] = useState<readonly [from: number, to: number] | null>(null);
  const corners = () => ends && chart.current && cornersOf(chart.current, points.current, ends);
  const drawn = corners();
  return {
    /** The walk has moved, with Shift held, from one point to another. */
    extend: (from: number, to: number): void => {
      if (onBrush) setEnds((before) => [before?.[0] ?? from, to]);
    },
    /** The chart shows other points: `placeOf` says where one of those before is, -1 for nowhere, which ends the selection. */
    follow: (placeOf: (before: number) => number): void =>
      setEnds((before) => {
        if (!before) return null;
        const [from, to] = [placeOf(before[0]), placeOf(before[1])];
        return from < 0 || to < 0 ? null : [from, to];
      }),
    cancel: (): void => setEnds(null),
    finish: (): void => {
      const here = corners();
      const area = here && chart.current && areaBetween(chart.current, ...here);
      setEnds(null);
      if (area) onBrush?.(area);
    },
    stretch: drawn && <Brush from={drawn[0]} to={drawn[1]} />,
  };
}

/** Opposite corners of the rectangle around the points of a walk. */
function cornersOf(
  chart: Chart,
  points: readonly WalkPoint[],
  [from, to]: readonly [number, number],
): readonly [Place, Place] | null {
  const walked = points.slice(Math.min(from, to), Math.max(from, to) + 1);
  const places = walked.flatMap(({ datasetIndex, index }) => chart.getDatasetMeta(datasetIndex).data[index] ?? []);
  if (places.length === 0) return null;
  const xs = places.map(({ x }) => x);
  const ys = places.map(({ y }) => y);
  return [
    { x: Math.min(...xs) - marginPx, y: Math.min(...ys) - marginPx },
    { x: Math.max(...xs) + marginPx, y: Math.max(...ys) + marginPx },
  ];
}
