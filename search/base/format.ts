/** Numbers as people read them, the same on the terminal and on the page. What a program reads never passes through here. */

import type { TimeLeft } from '../plan/forecast/time-left.js';

const decimal = ['', ' k', ' M', ' G', ' T', ' P'];
const grouped = new Intl.NumberFormat('en');

/** 385814752 → `385.8 M`: a count with four significant digits, its zeros kept so that a column of them lines up. */
export function count(n: number): string {
  let value = n;
  let prefix = 0;
  while (Math.abs(value) >= 999.95 && prefix < decimal.length - 1) {
    value /= 1000;
    prefix++;
  }
  if (prefix === 0) return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
  return `${value.toPrecision(4)}${decimal[prefix]}`;
}

/** A count without the zeros that only a column needs: `400 M`, `100`. */
export function shortCount(n: number): string {
  return count(n)
    .replace(/(\.\d*?)0+(?= |$)/, '$1')
    .replace(/\.(?= |$)/, '');
}

/** An exact count with its thousands set apart: `385,814,752`. */
export function exact(n: number): string {
  return grouped.format(n);
}

/** Bytes with a binary prefix: `1.50 GiB`. */
export function bytes(n: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const unit = Math.min(units.length - 1, n > 0 ? Math.floor(Math.log2(n) / 10) : 0);
  return `${(n / 1024 ** unit).toFixed(unit === 0 ? 0 : 2)} ${units[unit]}`;
}

/** A share in [0, 1] as `76.31 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/** A probability: `12 %`, `0.4 %`, `< 0.1 %`. */
export function probabilityText(share: number): string {
  if (share < 0.001) return '< 0.1 %';
  return `${share < 0.1 ? (100 * share).toFixed(1) : Math.round(100 * share)} %`;
}

/** A share as percentage points without a unit: `0.41`. */
export function points(share: number): string {
  return (100 * share).toFixed(2);
}

/** A multiple: `×2.57`. */
export function times(ratio: number): string {
  return `×${ratio.toFixed(2)}`;
}

/** A coefficient with at least two decimals and no more than it needs of four: `1.20`, `1.1892`. */
export function coefficient(value: number): string {
  return value.toFixed(4).replace(/0{1,2}$/, '');
}

/** Seconds with a prefix: `1.20 ms`. */
export function seconds(s: number): string {
  if (s >= 1) return `${s.toPrecision(3)} s`;
  return s >= 1e-3 ? `${(s * 1e3).toPrecision(3)} ms` : `${(s * 1e6).toPrecision(3)} µs`;
}

/** A duration as its two largest units: `2 h 05 min`, `3 min 07 s`, `4.2 s`; `unknown` where it is no number. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return 'unknown';
  const s = Math.round(ms / 1000);
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${pad(s % 60)} s`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${pad(Math.floor((s % 3600) / 60))} min`;
  return `${Math.floor(s / 86_400)} d ${pad(Math.floor((s % 86_400) / 3600))} h`;
}

/** What is left of something, with its band: `4 min 10 s left (3 min 50 s to 4 min 30 s)`. */
export function timeLeftText({ expectedMs, lowMs, highMs }: TimeLeft): string {
  const band = highMs > 0 ? ` (${duration(lowMs)} to ${duration(highMs)})` : '';
  return `${duration(expectedMs)} left${band}`;
}

/** `1 network`, `65 networks`, `1,440 trials`. */
export function plural(n: number, noun: string, nouns = `${noun}s`): string {
  return `${exact(n)} ${n === 1 ? noun : nouns}`;
}

function pad(n: number): string {
  return String(n).padStart(2, '0');
}
