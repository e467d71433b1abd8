/** Viridis (Smith and van der Walt, matplotlib) at nine even steps: perceptually even and readable without colour vision. */
const viridis = ['#440154', '#472d7b', '#3b528b', '#2c728e', '#21918c', '#28ae80', '#5ec962', '#addc30', '#fde725'];

/** The colour of a share in [0, 1] on the viridis scale, linear between its steps. */
export function sequential(share: number): string {
  const place = Math.min(1, Math.max(0, share)) * (viridis.length - 1);
  const step = Math.min(viridis.length - 2, Math.floor(place));
  const [from, to] = [channels(viridis[step] as string), channels(viridis[step + 1] as string)];
  const mixed = from.map((channel, i) => Math.round(channel + (place - step) * ((to[i] as number) - channel)));
  return `rgb(${mixed.join(', ')})`;
}

/** A colour of the style sheet with another opacity. */
export function faded(colour: string, opacity: number): string {
  const [red, green, blue] = channels(colour);
  return `rgba(${red}, ${green}, ${blue}, ${opacity})`;
}

function channels(hex: string): number[] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}
