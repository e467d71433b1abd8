/** Hands a file to the reader. */
export function download(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** `paper-1a2b3c4d-accuracy-cost.csv`: which search and which panel, and whether the search was simulated. */
export function fileName(
  search: { readonly name: string; readonly hash: string; readonly simulated?: boolean },
  panel: string,
  type: string,
): string {
  const parts = [search.name, search.hash.slice(0, 8), panel, search.simulated ? 'simulated' : ''];
  return `${parts.filter(Boolean).join('-')}.${type}`;
}
