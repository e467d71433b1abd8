import { useMemo, useRef } from 'preact/hooks';
import { ChartView } from '../charts/chart.js';
import { sequential } from '../charts/colour.js';
import type { Chart } from '../charts/register.js';
import { scaleSteps, simplexChart } from '../charts/simplex.js';
import { percent } from '../data/format.js';
import { networkExport } from '../export/network-rows.js';
import { Key } from './controls.js';
import { Empty, Panel } from './panel.js';
import { linkTo, type SearchContext } from './search-context.js';

/** Depth, width and resolution as the corners of a triangle. */
export function SimplexPanel({ plan, networks, theme }: SearchContext) {
  const chart = useRef<Chart | null>(null);
  const { config, points, scale } = useMemo(
    () => simplexChart(networks, theme, (row) => linkTo(plan, row)),
    [plan, networks, theme],
  );
  return (
    <Panel
      id="simplex"
      title="Where the compute goes"
      note="Each candidate sits by how its extra compute is shared: log₂ α to depth, 2·log₂ β to width, 2·log₂ γ to resolution."
      exports={{
        search: plan,
        panel: 'simplex',
        rows: () => networkExport(networks),
        chart,
        background: theme.surface,
      }}
    >
      {scale === null ? (
        <Empty>No candidate has a result yet.</Empty>
      ) : (
        <>
          <ChartView
            key={theme.ink}
            chartRef={chart}
            config={config}
            points={points}
            shape="square"
            label="Triangle of depth, width and resolution"
            summary={`${points.length} candidates, coloured by mean accuracy from ${percent(scale[0])} to ${percent(scale[1])}.`}
          />
          <div class="scale" aria-hidden="true">
            <span>{percent(scale[0])}</span>
            <svg viewBox={`0 0 ${scaleSteps} 1`} preserveAspectRatio="none" aria-hidden="true">
              {Array.from({ length: scaleSteps }, (_, i) => (
                <rect key={i} x={i} width="1.05" height="1" fill={sequential(i / (scaleSteps - 1))} />
              ))}
            </svg>
            <span>{percent(scale[1])}</span>
          </div>
          <ul class="legend">
            <Key glyph="chosen">chosen</Key>
            <Key glyph="rimmed">tied with the best</Key>
          </ul>
        </>
      )}
    </Panel>
  );
}
