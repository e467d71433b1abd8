import type { Chart } from 'chart.js';
import { useState } from 'preact/hooks';

/** A brushed rectangle in the units of the axes. */
export interface BrushedArea {
  readonly x: readonly [low: number, high: number];
  readonly y: readonly [low: number, high: number];
}

/** In pixels from the upper left corner of a chart. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** A drag shorter than this counts as a click, pixels. */
const leastPx = 6;

/**
 * Follows a drag of the mouse or a pen over the area around a chart and hands back what lies between its ends. A finger scrolls the page
 * instead, and with Shift the drag moves the view. Returns the listeners of that area and what is to be drawn over it.
 */
export function useBrush(chart: { current: Chart | null }, onBrush: ((area: BrushedArea) => void) | undefined) {
  const [from, setFrom] = useState<Place | null>(null);
  const [to, setTo] = useState<Place | null>(null);
  if (!onBrush) return { listeners: {}, overlay: null };

  const place = (event: PointerEvent): Place => {
    const { left, top } = (event.currentTarget as Element).getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const listeners = {
    onPointerDown: (event: PointerEvent) => {
      if (event.pointerType !== 'touch' && event.button === 0 && !event.shiftKey) setFrom(place(event));
    },
    onPointerMove: (event: PointerEvent) => {
      if (!from) return;
      const here = place(event);
      if (!to && Math.hypot(here.x - from.x, here.y - from.y) < leastPx) return;
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      setTo(here);
    },
    onPointerUp: () => {
      const area = from && to && chart.current && areaBetween(chart.current, from, to);
      setFrom(null);
      setTo(null);
      if (area) onBrush(area);
    },
    onPointerCancel: () => {
      setFrom(null);
      setTo(null);
    },
  };
  return { listeners, overlay: from && to && <Brush from={from} to={to} /> };
}

/** The rectangle that is being drawn over a chart. */
export function Brush({ from, to }: { from: Place; to: Place }) {
  return (
    <div
      class="brush"
      style={{
        left: `${Math.min(from.x, to.x)}px`,
        top: `${Math.min(from.y, to.y)}px`,
        width: `${Math.abs(to.x - from.x)}px`,
        height: `${Math.abs(to.y - from.y)}px`,
      }}
    />
  );
}

/** What lies between two places of a chart, in the units of its axes. */
export function areaBetween(chart: Chart, from: Place, to: Place): BrushedArea | null {
  const { x, y } = chart.scales;
  if (!x || !y) return null;
  const between = (scale: typeof x, a: number, b: number): readonly [number, number] => {
    const [first, second] = [scale.getValueForPixel(a) ?? 0, scale.getValueForPixel(b) ?? 0];
    return [Math.min(first, second), Math.max(first, second)];
  };
  return { x: between(x, from.x, to.x), y: between(y, from.y, to.y) };
}
