import { useMemo, useRef } from 'preact/hooks';
import type { FamilyRow, FamilyView } from '../../api.js';
import { ChartView } from '../charts/chart.js';
import { familyChart, familyRules } from '../charts/family.js';
import type { GlyphName } from '../charts/glyph.js';
import { coefficient, plural } from '../data/format.js';
import { type FamilyMeasure, familyMeasures } from '../data/metrics.js';
import type { ExportRow } from '../export/csv.js';
import { useResource } from '../hooks/use-resource.js';
import { Choice, Key } from '../parts/controls.js';
import { Empty, Panel } from '../parts/panel.js';
import type { Source } from '../source/source.js';
import { change, type SearchContext } from './search-context.js';

const nothing: FamilyView = { coefficients: { alpha: 1, beta: 1, gamma: 1 }, rows: [], published: [] };

const ruleGlyphs = {
  compound: 'tied',
  depth: 'depth',
  width: 'width',
  resolution: 'resolution',
  fast: 'fast',
} as const satisfies Readonly<Record<FamilyRow['rule'], GlyphName>>;

/** The family of the choice against φ, compared with the same multiply-adds spent on a single dimension. */
export function FamilyPanel({
  plan,
  settings,
  theme,
  source,
  revision,
}: SearchContext & { source: Source; revision: number }) {
  const drawing = useRef<HTMLDivElement>(null);
  const { value, error } = useResource(`${plan.id}`, revision, async () => (await source.family(plan.id)) ?? nothing);
  const family = value ?? nothing;
  const { config, points, drawn } = useMemo(
    () => familyChart(family, settings.family, theme),
    [family, settings.family, theme],
  );
  const { alpha, beta, gamma } = family.coefficients;
  const members = family.rows.filter(({ rule }) => rule === 'compound');
  return (
    <Panel
      id="family"
      title="Scaled family"
      note={
        <>
          The chosen α {coefficient(alpha)}, β {coefficient(beta)}, γ {coefficient(gamma)} at each φ, compared with the
          same multiply-adds spent on a single dimension. Costs are computed, not measured.
          {family.published.length > 0 &&
            ' The published B1 to B7 are not on this curve: their authors rounded each by hand, at no single φ.'}
        </>
      }
      controls={
        <Choice
          label="Measure"
          value={settings.family}
          options={Object.entries(familyMeasures).map(([name, { label }]) => ({ value: name as FamilyMeasure, label }))}
          onChange={(next) => change(settings, { family: next })}
        />
      }
      exports={{
        search: plan,
        panel: 'family',
        rows: () => family.rows.map(familyRow),
        drawing: members.length === 0 ? undefined : drawing,
      }}
    >
      {error && <p class="error">{error}</p>}
      {members.length === 0 ? (
        <Empty>{value === null && !error ? 'Computing the family…' : 'Nothing has been chosen yet.'}</Empty>
      ) : (
        <div ref={drawing}>
          <ChartView
            key={theme.ink}
            config={config}
            points={points}
            label="Scaled family"
            summary={`${plural(members.length, 'network')} of the choice, φ ${members[0]?.phi} to ${members.at(-1)?.phi}.`}
          />
          <ul class="legend">
            {drawn.map((rule) => (
              <Key key={rule} glyph={ruleGlyphs[rule]}>
                {rule === 'fast' ? 'fast scaling (Dollár et al. 2021)' : familyRules[rule].label}
              </Key>
            ))}
          </ul>
        </div>
      )}
    </Panel>
  );
}

function familyRow({ rule, phi, multipliers, resolutionPx, cost, realised, peakBytes }: FamilyRow): ExportRow {
  return {
    rule,
    phi,
    depthMultiplier: multipliers.depth,
    widthMultiplier: multipliers.width,
    resolutionMultiplier: multipliers.resolution,
    resolutionPx,
    realisedCostRatio: realised,
    ...cost,
    predictedPeakBytes: peakBytes,
  };
}
