import type { ChartConfiguration, ChartOptions } from 'chart.js';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type BrushedArea, useBrush } from './brush.js';
import { Chart } from './register.js';
import { useStretch, type WalkPoint } from './stretch.js';

export interface ChartViewProps {
  readonly config: ChartConfiguration;
  /** Name of the chart. */
  readonly label: string;
  /** Summary in a sentence or two: all that a screen reader gets without walking the points. */
  readonly summary: string;
  readonly points: readonly WalkPoint[];
  readonly shape?: 'wide' | 'square' | 'small';
  /** When given, in place of the height of the shape. */
  readonly heightPx?: number;
  /** When given, dragging selects an area instead of moving the view. */
  readonly onBrush?: (area: BrushedArea) => void;
  /** Takes the drawn chart, so that it can be exported and zoomed. */
  readonly chartRef?: { current: Chart | null };
}

/** A Chart.js chart with a place in the tab order: arrow keys walk its points, Enter opens one. */
export function ChartView({
  config,
  label,
  summary,
  points,
  shape = 'wide',
  heightPx,
  onBrush,
  chartRef,
}: ChartViewProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<Chart | null>(null);
  const shown = useRef<ChartConfiguration | null>(null);
  const [at, setAt] = useState(-1);
  const walked = points[at];
  const drawnPoints = useRef(points);
  const { listeners, overlay } = useBrush(chart, onBrush);
  const { extend, follow, cancel, finish, stretch } = useStretch(chart, drawnPoints, onBrush);

  useEffect(() => {
    const drawn = new Chart(canvas.current as HTMLCanvasElement, config);
    shown.current = config;
    chart.current = drawn;
    if (chartRef) chartRef.current = drawn;
    return () => {
      chart.current = null;
      if (chartRef) chartRef.current = null;
      drawn.destroy();
    };
    // Made once; the effect below brings it up to date.
  }, []);

  useEffect(() => {
    const drawn = chart.current;
    if (!drawn || shown.current === config) return;
    shown.current = config;
    drawn.data = config.data;
    drawn.options = config.options as ChartOptions;
    drawn.update('none');
    // A reader walking the points keeps their place while new results arrive.
    const before = drawnPoints.current;
    const now = (place: number): number => placeOf(before[place], points, place);
    drawnPoints.current = points;
    if (at >= 0) point(drawn, points[now(at)]);
    setAt(now(at));
    follow(now);
  }, [config]);

  const walk = (event: KeyboardEvent): void => {
    const last = points.length - 1;
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: Math.min(last, at + 1),
      ArrowLeft: Math.max(0, at - 1),
      Home: 0,
      End: last,
      Escape: -1,
    };
    const next = steps[event.key];
    if (event.key === 'Enter' && walked?.href) location.hash = walked.href.slice(1);
    else if (next === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    else {
      setAt(next);
      point(chart.current, points[next]);
      if (event.shiftKey && next >= 0) extend(Math.max(0, at), next);
      else cancel();
    }
    event.preventDefault();
  };

  return (
    <div class={`chart chart-${shape}`}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset groups form controls, not a drawing. */}
      <div
        class="chart-area"
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the group answers to arrow keys.
        tabIndex={0}
        style={heightPx === undefined ? undefined : { height: `${heightPx}px`, minHeight: 0 }}
        data-place={label}
        aria-label={`${label}. ${summary} Use the arrow keys to move between points${onBrush ? '; hold Shift to select' : ''}.`}
        onKeyDown={walk}
        onKeyUp={(event) => event.key === 'Shift' && finish()}
        // Once the focus has moved, the release of Shift is not seen here.
        onBlur={cancel}
        {...listeners}
      >
        <canvas ref={canvas} />
        {overlay ?? stretch}
      </div>
      <p class="hidden" aria-live="polite">
        {walked?.text() ?? ''}
      </p>
    </div>
  );
}

/** Where a walked point is among others: the nearest that leads to the same place, none where it is gone. */
function placeOf(walked: WalkPoint | undefined, points: readonly WalkPoint[], at: number): number {
  if (!walked) return -1;
  const alike = points.flatMap(({ href }, place) => (href === walked.href ? [place] : []));
  return alike.toSorted((a, b) => Math.abs(a - at) - Math.abs(b - at))[0] ?? -1;
}

/** Shows the tooltip of a point, or none; a point beside a zoomed view is brought into it. */
function point(chart: Chart | null, target: WalkPoint | undefined): void {
  if (!chart) return;
  const active = target ? [{ datasetIndex: target.datasetIndex, index: target.index }] : [];
  const place = target && chart.getDatasetMeta(target.datasetIndex).data[target.index];
  if (place && chart.isZoomedOrPanned?.()) {
    const { left, right, top, bottom } = chart.chartArea;
    const isSeen = place.x >= left && place.x <= right && place.y >= top && place.y <= bottom;
    if (!isSeen) chart.pan({ x: (left + right) / 2 - place.x, y: (top + bottom) / 2 - place.y }, undefined, 'none');
  }
  chart.setActiveElements(active);
  chart.tooltip?.setActiveElements(active, { x: 0, y: 0 });
  chart.update('none');
}
