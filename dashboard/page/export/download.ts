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

/** Pixels of a picture for each of the page's. */
const scale = 2;

/** An SVG text as a picture; null where the browser cannot make one. */
export async function svgToPng(svg: string): Promise<Blob | null> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = scale * image.naturalWidth;
    canvas.height = scale * image.naturalHeight;
    const context = canvas.getContext('2d');
    if (!context) return null;
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => canvas.toBlob(resolve));
  } finally {
    URL.revokeObjectURL(url);
  }
}
