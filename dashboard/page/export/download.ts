/** Hands a file to the reader. */
export function download(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** `paper-1a2b3c4d-accuracy-cost.csv`: which search and which panel. */
export function fileName(
  search: { readonly name: string; readonly hash: string },
  panel: string,
  type: string,
): string {
  return `${[search.name, search.hash.slice(0, 8), panel].filter(Boolean).join('-')}.${type}`;
}
