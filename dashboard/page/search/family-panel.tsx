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

/** What the choice grows into: its networks against φ, beside what the same multiply-adds give in a single dimension. */
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
      title="The family against φ"
      note={
        <>
          The chosen α {coefficient(alpha)}, β {coefficient(beta)}, γ {coefficient(gamma)} at each φ, and what the same
          multiply-adds give in a single dimension. Counted, not trained.
          {family.published.length > 0 &&
            ' The published B1 to B7 are no such family: their authors rounded each by hand, at no one φ.'}
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
        <Empty>{value === null && !error ? 'Counting the family …' : 'Nothing is chosen yet.'}</Empty>
      ) : (
        <div ref={drawing}>
          <ChartView
            key={theme.ink}
            config={config}
            points={points}
            label="The family against φ"
            summary={`${plural(members.length, 'network')} of the choice, φ ${members[0]?.phi} to ${members.at(-1)?.phi}.`}
          />
          <ul class="legend">
            {drawn.map((rule) => (
              <Key key={rule} glyph={ruleGlyphs[rule]}>
                {rule === 'fast' ? 'the fast rule of Dollár et al. 2021' : familyRules[rule].label}
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
