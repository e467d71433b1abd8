import { useMemo, useRef } from 'preact/hooks';
import type { Curve } from '../../api.js';
import { ChartView } from '../charts/chart.js';
import { curvesChart, measureLabels, rankColour } from '../charts/curves.js';
import { plural } from '../data/format.js';
import type { NetworkRow, TrialRow } from '../data/model.js';
import type { Settings } from '../data/settings.js';
import { useResource } from '../hooks/use-resource.js';
import { ColourScale } from '../parts/colour-scale.js';
import { Choice, Key } from '../parts/controls.js';
import { Empty, Panel } from '../parts/panel.js';
import type { Source } from '../source/source.js';
import { change, linkTo, type SearchContext } from './search-context.js';

/** Learning curves of the best networks that pass the filter, and of the trials still training. */
export function CurvesPanel(context: SearchContext & { readonly source: Source; readonly revision: number }) {
  const { plan, networks, trials, settings, theme, source, revision } = context;
  const drawing = useRef<HTMLDivElement>(null);
  const { curves: k, measure } = settings;
  const best = useMemo(() => bestNetworks(networks, k), [networks, k]);
  const ids = best.map(({ id }) => id);
  const { value, error } = useResource(`${plan.id} ${ids.join()}`, revision, () => source.curves(plan.id, ids));

  const lines = useMemo(() => joinCurves(best, trials, value?.curves ?? []), [best, trials, value]);
  const { config, points } = useMemo(
    () => curvesChart(lines, best.length, measure, plan, theme, (row) => linkTo(plan, row)),
    [lines, best, measure, theme, plan],
  );
  return (
    <Panel
      id="curves"
      title="Learning curves"
      note={`The best networks that pass the filter, one line per seed.${
        plan.rungs.length > 0 ? ' Early stopping pauses trials at each rung and lets the best continue.' : ''
      }`}
      controls={
        <>
          <Choice
            label="Networks"
            value={k}
            options={([5, 10, 20] as const).map((n) => ({ value: n, label: `best ${n}` }))}
            onChange={(curves) => change(settings, { curves })}
          />
          <Choice
            label="Measure"
            value={measure}
            options={Object.entries(measureLabels).map(([name, label]) => ({
              value: name as Settings['measure'],
              label,
            }))}
            onChange={(next) => change(settings, { measure: next })}
          />
        </>
      }
      exports={{
        search: plan,
        panel: 'curves',
        rows: () => lines.flatMap(({ row, curve }) => curveRows(row, curve)),
        drawing: points.length === 0 ? undefined : drawing,
      }}
    >
      {error && <p class="error">{error}</p>}
      {points.length === 0 ? (
        <Empty>{value === null && !error ? 'Loading the curves…' : 'No epoch has finished yet.'}</Empty>
      ) : (
        <div ref={drawing}>
          <ChartView
            key={theme.ink}
            config={config}
            points={points}
            label="Learning curves"
            summary={`${measureLabels[measure]} by epoch of ${plural(points.length, 'trial')}.${
              plan.rungs.length > 0 ? ` Rungs after epochs ${plan.rungs.join(', ')}.` : ''
            }`}
          />
          <ul class="legend">
            <Key glyph="line">chosen</Key>
            {lines.some(({ row }) => row.trial.state === 'running') && <Key glyph="dashes">still training</Key>}
            {best.length > 1 && (
              <li>
                <ColourScale
                  from="best"
                  to={`rank ${best.length} by mean accuracy`}
                  colours={Array.from(best, (_, rank) => rankColour(rank, best.length, theme))}
                />
              </li>
            )}
          </ul>
        </div>
      )}
    </Panel>
  );
}

/** By mean accuracy; networks without a result, which are still training, come last. */
function bestNetworks(networks: readonly NetworkRow[], k: number): NetworkRow[] {
  return networks.toSorted((a, b) => (b.estimate?.mean ?? -1) - (a.estimate?.mean ?? -1)).slice(0, k);
}

function joinCurves(best: readonly NetworkRow[], trials: readonly TrialRow[], curves: readonly Curve[]) {
  const curveOf = new Map(curves.map((curve) => [curve.trialId, curve]));
  const shown = new Set(trials.map(({ id }) => id));
  return best.flatMap(({ trials: own }, rank) =>
    own.flatMap((row) => {
      const curve = curveOf.get(row.id);
      return curve && shown.has(row.id) ? [{ row, curve, rank }] : [];
    }),
  );
}

function curveRows(row: TrialRow, curve: Curve) {
  return curve.validationAccuracy.map((validationAccuracy, i) => ({
    trial: row.id,
    network: row.network.id,
    epoch: i + 1,
    validationAccuracy,
    validationLoss: curve.validationLoss[i] ?? null,
    trainLoss: curve.trainLoss[i] ?? null,
  }));
}
