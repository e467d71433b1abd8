import type { ScaleOptions } from 'chart.js';
import type { Theme } from './theme.js';

/** Options that every chart has: no animation, quiet grid lines, the type of the page. */
export function commonOptions(theme: Theme) {
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    normalized: true,
    font: { family: theme.font, size: 12 },
    layout: { padding: { top: 8, right: 12 } },
  } as const;
}

export function axis(theme: Theme, title: string, options: object = {}): ScaleOptions {
  const { ticks = {}, ...rest } = options as { ticks?: object };
  return {
    title: { display: title !== '', text: title, color: theme.muted, font: { family: theme.font, size: 12 } },
    grid: { color: theme.grid, drawTicks: false },
    border: { display: false },
    ...rest,
    ticks: { color: theme.muted, font: { family: theme.font, size: 12 }, padding: 6, ...ticks },
  } as ScaleOptions;
}

/** For the ticks of an axis: every value `times` what it is, in as many decimals as the one that needs most, at most `decimals`. */
function evenTicks(times: number, decimals: number, unit: string) {
  return (value: number, _index: number, ticks: readonly { readonly value: number }[]): string => {
    const needed = ticks.map(
      (tick) => String(Number((times * tick.value).toFixed(decimals))).split('.')[1]?.length ?? 0,
    );
    return `${(times * value).toFixed(Math.max(0, ...needed))}${unit}`;
  };
}

export const percentTick = evenTicks(100, 2, ' %');
export const lossTick = evenTicks(1, 4, '');
export const coefficientTick = evenTicks(1, 2, '');

/** Round steps between the ticks of coefficients. */
const coefficientSteps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5];
/** Room for a coefficient's label, pixels. */
const coefficientPx = 32;

interface LinearScale {
  readonly min: number;
  readonly max: number;
  readonly width: number;
  ticks: { value: number }[];
}

/** For a scale's `afterBuildTicks`: round coefficients, as many as have room in a chart that may be small. */
export function setCoefficientTicks(scale: LinearScale): void {
  const { min, max, width } = scale;
  const step = coefficientSteps.find((each) => (each / (max - min)) * width >= coefficientPx) ?? max - min;
  const first = Math.ceil(min / step);
  const values = Array.from({ length: Math.floor(max / step) - first + 1 }, (_, i) =>
    Number(((first + i) * step).toFixed(4)),
  );
  if (values.length > 1) scale.ticks = values.map((value) => ({ value }));
}

/** Leading digits of ticks, from few to many. */
const mantissas = [
  [1],
  [1, 3],
  [1, 2, 5],
  [1, 1.5, 2, 3, 5, 7],
  [1, 2, 3, 4, 5, 6, 7, 8, 9],
  Array.from({ length: 18 }, (_, i) => 1 + i / 2),
  Array.from({ length: 90 }, (_, i) => 1 + i / 10),
];

/** Values for the ticks of a logarithmic axis: the coarsest round ones of which at least four lie between `low` and `high`. */
function logTicks(low: number, high: number): number[] {
  if (!(low > 0) || !Number.isFinite(high)) return [];
  const exponents: number[] = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) exponents.push(e);
  const between = (leading: readonly number[]): number[] =>
    exponents
      .flatMap((e) => leading.map((digit) => Number((digit * 10 ** e).toPrecision(3))))
      .filter((tick) => tick >= low && tick <= high);
  return mantissas.map(between).find((ticks) => ticks.length >= 4) ?? [];
}

interface LogScale {
  readonly min: number;
  readonly max: number;
  readonly chart: { readonly width: number };
  ticks: { value: number }[];
}

/** Room for a label, pixels. */
const labelPx = 60;

/** For a scale's `afterBuildTicks`: round values, as many as have room. Where none fit, Chart.js keeps its own. */
export function setLogTicks(scale: LogScale): void {
  const pxPerDecade = scale.chart.width / Math.log10(scale.max / scale.min);
  const ticks: number[] = [];
  for (const tick of logTicks(scale.min, scale.max)) {
    const last = ticks.at(-1);
    if (last === undefined || Math.log10(tick / last) * pxPerDecade >= labelPx) ticks.push(tick);
  }
  if (ticks.length > 0) scale.ticks = ticks.map((value) => ({ value }));
}

export function tooltipStyle(theme: Theme) {
  return {
    backgroundColor: theme.surface,
    titleColor: theme.ink,
    bodyColor: theme.ink,
    borderColor: theme.grid,
    borderWidth: 1,
    padding: 10,
    cornerRadius: 6,
    displayColors: false,
    titleFont: { family: theme.font, size: 12, weight: 'bold' as const },
    bodyFont: { family: theme.font, size: 12 },
    bodySpacing: 3,
  };
}
