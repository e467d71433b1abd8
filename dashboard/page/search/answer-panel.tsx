import type { ComponentChildren } from 'preact';
import { accuracyText, coefficientsText, meanText, sureText } from '../data/describe.js';
import { coefficient, count, plural, points, times } from '../data/format.js';
import type { NetworkRow } from '../data/model.js';
import type { SearchControl } from '../hooks/use-control.js';
import { Choice } from '../parts/controls.js';
import { Empty, Panel } from '../parts/panel.js';
import { HandChoice } from './hand-choice.js';
import { change, linkTo, type SearchContext } from './search-context.js';

/** The current choice, its uncertainty, and its gain over the baseline. */
export function AnswerPanel({
  plan,
  state,
  allNetworks,
  settings,
  control,
  isReport,
}: SearchContext & { control: SearchControl; isReport: boolean }) {
  const { selection, byHand } = state;
  const chosen = allNetworks.find(({ verdict }) => verdict === 'chosen');
  const best = allNetworks.find(({ id }) => id === selection.best);
  const baseline = allNetworks.find(({ network }) => network.points.some(({ role }) => role === 'baseline'));
  const rules = Object.entries(plan.rules).map(([value, label]) => ({ value, label }));
  if (byHand) rules.unshift({ value: handRule, label: 'by hand' });
  const rule = settings.rule ?? selection.choice?.rule ?? rules[0]?.value ?? '';
  const isByHand = selection.choice?.rule === handRule;
  return (
    <Panel
      id="answer"
      title={state.state === 'finished' ? 'Choice' : 'Current choice'}
      exports={{
        search: plan,
        panel: 'choice',
        rows: () => (chosen ? [choiceRow(chosen, selection.choice?.rule ?? '', selection.tieSet.length)] : []),
      }}
    >
      {!chosen ? (
        <Empty>Nothing can be chosen yet: no searched network has a finished trial.</Empty>
      ) : (
        <div class="answer">
          <div class="answer-coefficients">
            <Coefficient sign="α" what="depth" value={chosen.point.alpha} />
            <Coefficient sign="β" what="width" value={chosen.point.beta} />
            <Coefficient sign="γ" what="resolution" value={chosen.point.gamma} />
            <Coefficient sign="φ" what="compound" value={chosen.point.phi} />
          </div>
          <dl class="answer-facts">
            {chosen.estimate && (
              <Fact name="Accuracy" value={meanText(chosen.estimate)}>
                {sureText(chosen.estimate)}
              </Fact>
            )}
            <Fact name="Cost" value={`${times(chosen.network.realised)} MACs`}>
              <span class="facts">
                <span>{times(chosen.point.nominal)} nominal</span>
                <span>{count(chosen.network.cost.macs)} MACs</span>
                <span>{count(chosen.network.cost.params)} params</span>
              </span>
            </Fact>
            <Fact name="Tie set" value={plural(selection.tieSet.length, 'candidate')}>
              {best && best !== chosen
                ? `best: ${coefficientsText(best)}, ${accuracyText(best)}`
                : 'the choice has the highest mean'}
            </Fact>
            {baseline?.estimate && (
              <Fact name="Gain over baseline" value={gain(chosen, baseline)}>
                baseline {accuracyText(baseline)}
              </Fact>
            )}
          </dl>
          {!isReport && (
            <div data-screen-only>
              <Choice
                label="Rule"
                value={rule}
                options={rules}
                onChange={(next) => change(settings, { rule: next === rules[0]?.value ? null : next })}
              />
            </div>
          )}
          <p class="answer-reason">
            {isByHand ? capital(selection.choice?.reason ?? '') : `Chosen for ${selection.choice?.reason}`}. Tie set:{' '}
            {selection.test}.{' '}
            <a data-screen-only href={linkTo(plan, chosen) ?? '#'}>
              Show its trials
            </a>
          </p>
          {control.access === 'allowed' && (
            <HandChoice networks={allNetworks} chosen={chosen} isByHand={byHand !== null} control={control} />
          )}
        </div>
      )}
    </Panel>
  );
}

/** The rule that `search/evidence/choice.ts` names for a choice by hand. */
const handRule = 'by-hand';

function capital(sentence: string): string {
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}`;
}

function Coefficient({ sign, what, value }: { sign: string; what: string; value: number }) {
  return (
    <div class="coefficient">
      <span class="coefficient-sign">{sign}</span>
      <span class="coefficient-value">{coefficient(value)}</span>
      <span class="coefficient-what">{what}</span>
    </div>
  );
}

function Fact({ name, value, children }: { name: string; value: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <b>{value}</b>
        <span>{children}</span>
      </dd>
    </div>
  );
}

function gain(chosen: NetworkRow, baseline: NetworkRow): string {
  const difference = (chosen.estimate?.mean ?? 0) - (baseline.estimate?.mean ?? 0);
  return `${difference < 0 ? '−' : '+'}${points(Math.abs(difference))} points`;
}

function choiceRow({ id, point, network, estimate }: NetworkRow, rule: string, tieSet: number) {
  return {
    network: id,
    alpha: point.alpha,
    beta: point.beta,
    gamma: point.gamma,
    phi: point.phi,
    rule,
    tieSet,
    meanAccuracy: estimate?.mean ?? null,
    interval95Low: estimate?.interval?.[0] ?? null,
    interval95High: estimate?.interval?.[1] ?? null,
    realisedCostRatio: network.realised,
    nominalCostRatio: point.nominal,
    macs: network.cost.macs,
  };
}
