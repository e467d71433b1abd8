import type { JSX } from 'preact';
import type { Group } from '../data/model.js';
import type { ColourName } from './theme.js';

/** How each group is drawn: shape as well as colour, so that colour alone carries nothing. */
export const groupStyle: Readonly<
  Record<
    Group,
    {
      readonly label: string;
      readonly point: 'circle' | 'triangle' | 'rect' | 'rectRot' | 'crossRot';
      readonly colour: ColourName;
    }
  >
> = {
  searched: { label: 'Searched', point: 'circle', colour: 'searched' },
  depth: { label: 'Depth only', point: 'triangle', colour: 'depth' },
  width: { label: 'Width only', point: 'rect', colour: 'width' },
  resolution: { label: 'Resolution only', point: 'rectRot', colour: 'resolution' },
  baseline: { label: 'Baseline', point: 'crossRot', colour: 'baseline' },
};

export type GlyphName =
  | Group
  | 'chosen'
  | 'tied'
  | 'rejected'
  | 'front'
  | 'limit'
  | 'published'
  | 'interval'
  | 'rimmed'
  | 'optimum'
  | 'region'
  | 'fast'
  | 'line'
  | 'dashes'
  | 'solid'
  | 'dashed';

/** The sign of a group or a layer in a legend, drawn as the chart draws it. Its colours come from the style sheet. */
export function Glyph({ name }: { name: GlyphName }) {
  return (
    <svg class={`glyph glyph-${name}`} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      {marks[name]}
    </svg>
  );
}

const marks: Readonly<Record<GlyphName, JSX.Element>> = {
  searched: <circle cx="8" cy="8" r="4.5" />,
  tied: <circle cx="8" cy="8" r="4.5" />,
  rimmed: <circle cx="8" cy="8" r="5" />,
  rejected: <circle cx="8" cy="8" r="4.5" />,
  interval: <path d="M8 2v12M5 2h6M5 14h6" />,
  chosen: <circle cx="8" cy="8" r="5.5" />,
  depth: <path d="M8 2.5 14 13H2Z" />,
  width: <rect x="3" y="3" width="10" height="10" />,
  resolution: <path d="M8 1.5 14.5 8 8 14.5 1.5 8Z" />,
  baseline: <path d="m3 3 10 10M13 3 3 13" />,
  front: <path d="M1 13h5V8h5V3h4" />,
  limit: <path d="M8 1v14" />,
  published: <circle cx="8" cy="8" r="4" />,
  optimum: <path d="M8 2v12M2 8h12" />,
  region: <ellipse cx="8" cy="8" rx="6.5" ry="4.5" />,
  line: <path d="M1 8h14" />,
  dashes: <path d="M1 8h14" />,
  solid: <path d="M1 8h14" />,
  dashed: <path d="M1 8h14" />,
  fast: <path d="M8 2v12M2.8 5l10.4 6M2.8 11l10.4-6" />,
};
