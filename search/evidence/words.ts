/** A difference of accuracies in percentage points: `0.42`. */
export function points(share: number): string {
  return (100 * share).toFixed(2);
}

/** A probability: `12 %`, `0.4 %`, `< 0.1 %`. */
export function percent(share: number): string {
  if (share < 0.001) return '< 0.1 %';
  return `${share < 0.1 ? (100 * share).toFixed(1) : Math.round(100 * share)} %`;
}
