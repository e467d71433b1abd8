import type { PlanView } from '../../api.js';
import { exact, plural, times } from '../data/format.js';
import { Panel } from '../parts/panel.js';

/** The plan, and the points that its limits removed. */
export function PlanPanel({ plan }: { plan: PlanView }) {
  const { recipe, removed, warnings } = plan;
  const settings: readonly (readonly [string, string | number])[] = [
    ['Optimiser', recipe.optimizer],
    ['Epochs', recipe.epochs],
    ['Batch size', recipe.batch],
    ['Learning rate', recipe.learningRate],
    ['Momentum', recipe.momentum],
    ['Warm-up', plural(recipe.warmupEpochs, 'epoch')],
    ['Weight decay', recipe.weightDecay],
    ['Label smoothing', recipe.labelSmoothing],
    ['EMA decay', recipe.emaDecay],
  ];
  return (
    <Panel
      id="plan"
      title="Plan"
      note="Fixed before training began. MACs are the multiply-adds of convolution and dense layers, per image."
      exports={{ search: plan, panel: 'plan', rows: () => planRows(plan) }}
    >
      {warnings.map((warning) => (
        <p key={warning} class="advice">
          {warning}
        </p>
      ))}
      {removed.length > 0 && (
        <ul class="plain">
          {removed.map(({ limit, max, points, overBy }) => (
            <li key={limit}>
              The limit {limit} ≤ {exact(max)} removed {plural(points, 'point')}, exceeding it by {times(overBy.min)} to{' '}
              {times(overBy.max)}.
            </li>
          ))}
        </ul>
      )}
      <dl class="settings">
        {settings.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

function planRows({ networks }: PlanView) {
  return networks.flatMap(({ id, points, realised }) =>
    points.map(({ role, alpha, beta, gamma, phi, nominal }) => ({
      network: id,
      role,
      alpha,
      beta,
      gamma,
      phi,
      nominalCostRatio: nominal,
      realisedCostRatio: realised,
    })),
  );
}
