/** Numbers as people read them. Machine-readable output never passes through here. */

const decimal = ['', ' k', ' M', ' G', ' T', ' P'];

/** 385,814,752 → `385.8 M`: a count with four significant digits and a decimal prefix. */
export function count(n: number): string {
  let value = n;
  let prefix = 0;
  while (Math.abs(value) >= 999.5 && prefix < decimal.length - 1) {
    value /= 1000;
    prefix++;
  }
  const text = prefix === 0 && Number.isInteger(value) ? String(value) : value.toPrecision(4);
  return `${text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '')}${decimal[prefix]}`;
}

/** Bytes with a binary prefix: `1.50 GiB`. */
export function bytes(n: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const unit = Math.min(units.length - 1, n > 0 ? Math.floor(Math.log2(n) / 10) : 0);
  return `${(n / 1024 ** unit).toFixed(unit === 0 ? 0 : 2)} ${units[unit]}`;
}

/** A share in [0, 1] in per cent with two decimals. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

/** A duration as its two largest units: `2 h 05 min`, `3 min 07 s`, `4.2 s`. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return 'unknown';
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${pad(s % 60)} s`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${pad(Math.floor((s % 3600) / 60))} min`;
  return `${Math.floor(s / 86_400)} d ${pad(Math.floor((s % 86_400) / 3600))} h`;
}

/** A multiple: `×1.93`. */
export function times(ratio: number): string {
  return `×${ratio.toFixed(2)}`;
}

/** `1 network`, `65 networks`, `108,000 points`. */
export function plural(n: number, noun: string): string {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
}

function pad(n: number): string {
  return String(n).padStart(2, '0');
}
