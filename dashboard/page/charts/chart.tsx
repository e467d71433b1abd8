import type { ChartConfiguration, ChartOptions } from 'chart.js';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type BrushedArea, useBrush } from './brush.js';
import { Chart } from './register.js';

/** A point that the keyboard can walk to. */
export interface WalkPoint {
  readonly datasetIndex: number;
  readonly index: number;
  /** What a screen reader says of it; asked for when it is walked to, since there may be thousands. */
  readonly text: () => string;
  /** Where Enter and a click lead; null for nowhere. */
  readonly href: string | null;
}

export interface ChartViewProps {
  readonly config: ChartConfiguration;
  /** What the chart is, in a few words. */
  readonly label: string;
  /** What it says, in a sentence or two: all that a screen reader gets without walking the points. */
  readonly summary: string;
  readonly points: readonly WalkPoint[];
  readonly shape?: 'wide' | 'square' | 'small';
  /** When given, dragging selects an area instead of moving the view. */
  readonly onBrush?: (area: BrushedArea) => void;
  /** Takes the drawn chart, so that it can be exported and zoomed. */
  readonly chartRef?: { current: Chart | null };
}

/** A Chart.js chart with a place in the tab order: arrow keys walk its points, Enter opens one. */
export function ChartView({ config, label, summary, points, shape = 'wide', onBrush, chartRef }: ChartViewProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<Chart | null>(null);
  const shown = useRef<ChartConfiguration | null>(null);
  const [at, setAt] = useState(-1);
  const walked = points[at];
  const { listeners, overlay } = useBrush(chart, onBrush);

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
    setAt(-1);
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
    else if (next === undefined) return;
    else {
      setAt(next);
      point(chart.current, points[next]);
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
        aria-label={`${label}. ${summary} Arrow keys walk the points.`}
        onKeyDown={walk}
        {...listeners}
      >
        <canvas ref={canvas} />
        {overlay}
      </div>
      <p class="hidden" aria-live="polite">
        {walked?.text() ?? ''}
      </p>
    </div>
  );
}

/** Shows the tooltip of a point, or none. */
function point(chart: Chart | null, target: WalkPoint | undefined): void {
  if (!chart) return;
  const active = target ? [{ datasetIndex: target.datasetIndex, index: target.index }] : [];
  chart.setActiveElements(active);
  chart.tooltip?.setActiveElements(active, { x: 0, y: 0 });
  chart.update('none');
}
