import { useMemo, useRef } from 'preact/hooks';
import { ChartView } from '../charts/chart.js';
import { type CoefficientName, coefficientChart, coefficientLabels } from '../charts/coefficient.js';
import { coefficient, percent } from '../data/format.js';
import { networkExport } from '../export/network-rows.js';
import { Empty, Panel } from '../parts/panel.js';
import { linkTo, type SearchContext } from './search-context.js';

const names = Object.keys(coefficientLabels) as CoefficientName[];

/** The extent with a margin, out to whole percentage points or, where that is too coarse, to tenths. */
function roundExtent(low: number, high: number): readonly [number, number] {
  const step = high - low > 0.02 ? 0.01 : 0.001;
  return [Math.floor((low - step / 4) / step) * step, Math.ceil((high + step / 4) / step) * step];
}

/** α, β and γ side by side on one scale. */
export function CoefficientsPanel({ plan, networks, theme }: SearchContext) {
  const charts = useMemo(() => {
    const means = networks.flatMap(({ estimate, group }) => (estimate && group === 'searched' ? [estimate.mean] : []));
    const extent = means.length > 0 ? roundExtent(Math.min(...means), Math.max(...means)) : null;
    return names.map((name) => coefficientChart(name, networks, extent, theme, (row) => linkTo(plan, row)));
  }, [plan, networks, theme]);
  const drawing = useRef<HTMLDivElement>(null);
  const isEmpty = charts.every(({ points }) => points.length === 0);
  return (
    <Panel
      id="coefficients"
      title="Accuracy by coefficient"
      note="Mean accuracy of every searched network; the line is the median at each value."
      exports={{
        search: plan,
        panel: 'coefficients',
        rows: () => networkExport(networks),
        drawing: isEmpty ? undefined : drawing,
      }}
    >
      {isEmpty ? (
        <Empty>No searched network has a result yet.</Empty>
      ) : (
        <div class="multiples" ref={drawing}>
          {charts.map(({ config, points, medians }, i) => {
            const { sign, what } = coefficientLabels[names[i] as CoefficientName];
            const best = medians.toSorted((a, b) => b.y - a.y)[0];
            return (
              <ChartView
                key={`${sign}${theme.ink}`}
                config={config}
                points={points}
                shape="small"
                label={`Accuracy against ${sign}, ${what}`}
                summary={
                  best
                    ? `The median is highest at ${sign} ${coefficient(best.x)} with ${percent(best.y)}.`
                    : 'No result yet.'
                }
              />
            );
          })}
        </div>
      )}
    </Panel>
  );
}
