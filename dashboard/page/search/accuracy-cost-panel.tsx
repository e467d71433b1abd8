import { useMemo, useRef } from 'preact/hooks';
import { accuracyCostChart } from '../charts/accuracy-cost.js';
import type { BrushedArea } from '../charts/brush.js';
import { ChartView } from '../charts/chart.js';
import type { GlyphName } from '../charts/glyph.js';
import type { Chart } from '../charts/register.js';
import { accuracyText, coefficientsText } from '../data/describe.js';
import { plural } from '../data/format.js';
import { type CostMetricName, costMetrics } from '../data/metrics.js';
import { type Layer, layerNames, toggled } from '../data/settings.js';
import { networkExport } from '../export/network-rows.js';
import { Choice, Key, Toggle } from '../parts/controls.js';
import { Empty, Panel } from '../parts/panel.js';
import { change, linkTo, type SearchContext } from './search-context.js';

const layerText: Readonly<Record<Layer, { readonly label: string; readonly glyph: GlyphName }>> = {
  front: { label: 'Pareto front', glyph: 'front' },
  limits: { label: 'Target and limits', glyph: 'limit' },
  series: { label: 'Single-dimension series', glyph: 'depth' },
  intervals: { label: '95 % intervals', glyph: 'interval' },
  published: { label: 'Published networks', glyph: 'published' },
};

const singleDimensions = ['depth', 'width', 'resolution'] as const;

/** Accuracy against cost, the first panel of a search's page. */
export function AccuracyCostPanel({ plan, networks, settings, theme }: SearchContext) {
  const chart = useRef<Chart | null>(null);
  const drawing = useRef<HTMLDivElement>(null);
  const { metric, layers, range } = settings;
  const drawn = useMemo(
    () => accuracyCostChart(plan, networks, { metric, layers }, theme, (row) => linkTo(plan, row)),
    [plan, networks, metric, layers, theme],
  );
  const { config, points, front, withoutPlace } = drawn;
  const series = singleDimensions.filter(
    (name) => layers.has('series') && networks.some(({ group }) => group === name),
  );

  const brush = ({ x, y }: BrushedArea): void => change(settings, { range: { metric, cost: x, accuracy: y } });
  const controls = (
    <>
      <Choice
        label="Cost"
        value={metric}
        options={Object.entries(costMetrics).map(([value, { label }]) => ({ value: value as CostMetricName, label }))}
        onChange={(next) => change(settings, { metric: next })}
      />
      <fieldset class="button-row" aria-label="View">
        <button type="button" aria-label="Zoom in" onClick={() => chart.current?.zoom(1.25)}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => chart.current?.zoom(0.8)}>
          −
        </button>
        <button type="button" onClick={() => chart.current?.resetZoom()}>
          Reset
        </button>
      </fieldset>
    </>
  );
  return (
    <Panel
      id="accuracy-cost"
      title="Accuracy against cost"
      note={
        <>
          Mean validation accuracy over finished seeds
          {withoutPlace > 0 && `; ${plural(withoutPlace, 'network')} not shown, without a value`}.
          <span class="not-by-touch">
            {' '}
            Drag (or Shift + arrow keys) to select, Shift + drag to pan, Ctrl + wheel to zoom.
          </span>
          {metric !== 'secondsPerImage' && metric !== 'memory' && layers.has('published') && (
            <> Published accuracies are ImageNet top-1, a different task: compare the shapes, not the heights.</>
          )}
        </>
      }
      controls={controls}
      exports={{
        search: plan,
        panel: 'accuracy-cost',
        rows: () => networkExport(networks),
        drawing,
      }}
    >
      <fieldset data-screen-only class="layer-bar" aria-label="Layers">
        {layerNames.map((layer) => (
          <Toggle
            key={layer}
            glyph={layerText[layer].glyph}
            on={layers.has(layer)}
            onToggle={() => change(settings, { layers: toggled(layers, layer) })}
          >
            {layerText[layer].label}
          </Toggle>
        ))}
        {range && (
          <button type="button" class="clear" onClick={() => change(settings, { range: null })}>
            Clear selection of {plural(networks.length, 'network')}
          </button>
        )}
      </fieldset>
      <div class="figure" ref={drawing}>
        {points.length === 0 && !layers.has('published') ? (
          <Empty>No network that passes the filter has a result to show here.</Empty>
        ) : (
          <ChartView
            key={theme.ink}
            chartRef={chart}
            config={config}
            points={points}
            label="Accuracy against cost"
            summary={`${plural(points.length, 'network')}; the Pareto front has ${front.length}: ${front
              .slice(0, 5)
              .map((row) => `${coefficientsText(row)}, ${accuracyText(row)}`)
              .join('; ')}.`}
            onBrush={brush}
          />
        )}
        <ul class="legend">
          <Key glyph="chosen">chosen</Key>
          <Key glyph="tied">tied with the best</Key>
          <Key glyph="rejected">rejected</Key>
          <Key glyph="baseline">baseline</Key>
          {series.map((name) => (
            <Key key={name} glyph={name}>{`${name} only`}</Key>
          ))}
          {layers.has('published') && <Key glyph="published">published (line: EfficientNet-B0 to B7)</Key>}
        </ul>
      </div>
    </Panel>
  );
}
