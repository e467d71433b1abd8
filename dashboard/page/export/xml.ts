/** Text as it stands in XML, also inside an attribute's quotes. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** A length or a place to a hundredth of a pixel. */
export function decimal(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A colour as an attribute. Opacity has one of its own, since not every program reads it in a colour. */
export function paint(what: 'fill' | 'stroke', colour: string): string {
  if (colour === 'transparent' || colour === 'none') return `${what}="none"`;
  // What `color-mix` computes to.
  const [, shares, share = '1'] = /^color\(srgb ([\d.e\- ]+?)(?: \/ ([\d.]+))?\)$/.exec(colour) ?? [];
  if (shares !== undefined) {
    const bytes = shares.split(' ').map((each) => Math.round(255 * Number(each)));
    return `${what}="rgb(${bytes.join(', ')})" ${what}-opacity="${share}"`;
  }
  const [, channels, opacity] = /^rgba\((.*),\s*([\d.]+)\)$/.exec(colour) ?? [];
  return channels === undefined
    ? `${what}="${escapeXml(colour)}"`
    : `${what}="rgb(${channels})" ${what}-opacity="${opacity}"`;
}
