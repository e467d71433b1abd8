import { useMemo, useRef } from 'preact/hooks';
import type { SurfaceView } from '../../api.js';
import { ChartView } from '../charts/chart.js';
import { sequential } from '../charts/colour.js';
import { scaleSteps, simplexChart } from '../charts/simplex.js';
import { coefficient, points as inPoints, percent } from '../data/format.js';
import { networkExport } from '../export/network-rows.js';
import { useResource } from '../hooks/use-resource.js';
import { ColourScale } from '../parts/colour-scale.js';
import { Key } from '../parts/controls.js';
import { Empty, Panel } from '../parts/panel.js';
import type { Source } from '../source/source.js';
import { linkTo, type SearchContext } from './search-context.js';

const scaleColours = Array.from({ length: scaleSteps }, (_, i) => sequential(i / (scaleSteps - 1)));

/** Depth, width and resolution as the corners of a triangle. */
export function SimplexPanel({
  plan,
  networks,
  theme,
  source,
  revision,
}: SearchContext & { source: Source; revision: number }) {
  const drawing = useRef<HTMLDivElement>(null);
  const surface = useResource(`${plan.id}`, revision, () => source.surface(plan.id));
  const { config, points, scale } = useMemo(
    () => simplexChart(networks, surface.value, theme, (row) => linkTo(plan, row)),
    [plan, networks, surface.value, theme],
  );
  return (
    <Panel
      id="simplex"
      title="Allocation of extra compute"
      note="Each candidate is placed by how its network divides the extra compute: log₂ d to depth, 2·log₂ w to width, 2·log₂ r to resolution. Lines are contours of the surface fitted to the means."
      exports={{
        search: plan,
        panel: 'simplex',
        rows: () => networkExport(networks),
        drawing: scale === null ? undefined : drawing,
      }}
    >
      {scale === null ? (
        <Empty>No candidate has a result yet.</Empty>
      ) : (
        <div ref={drawing}>
          <ChartView
            key={`${theme.ink} ${surface.value === null}`}
            config={config}
            points={points}
            shape="square"
            label="Simplex of depth, width and resolution"
            summary={`${points.length} candidates, coloured by mean accuracy from ${percent(scale[0])} to ${percent(scale[1])}. ${surface.value ? `${optimumText(surface.value)}.` : ''}`}
          />
          <ColourScale from={percent(scale[0])} to={percent(scale[1])} colours={scaleColours} />
          <ul class="legend">
            <Key glyph="chosen">chosen</Key>
            <Key glyph="rimmed">tied with the best</Key>
            {surface.value && <Key glyph="optimum">optimum of the fitted surface</Key>}
            {surface.value && <Key glyph="region">its 95 % confidence region</Key>}
          </ul>
          <p class="note">
            {surface.value
              ? `${optimumText(surface.value)}.`
              : 'A surface cannot be fitted yet: too few networks with results differ enough.'}
          </p>
        </div>
      )}
    </Panel>
  );
}

/** Where the fitted surface is highest, how high, how surely, and whether that lies at the edge of the searched range. */
function optimumText({ optimum, explained }: SurfaceView): string {
  const { coefficients, accuracy, standardError, edge } = optimum;
  const { alpha, beta, gamma } = coefficients;
  const place = `α ${coefficient(alpha)}  β ${coefficient(beta)}  γ ${coefficient(gamma)}`;
  const where = edge.length > 0 ? ' at the edge of the searched range' : '';
  return (
    `The fitted surface peaks at ${place}${where}: ${percent(accuracy)}, standard error ${inPoints(standardError)} points. ` +
    `It explains ${Math.round(100 * explained)} % of the variance of the means`
  );
}
