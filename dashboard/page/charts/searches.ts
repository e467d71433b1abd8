import type { ChartConfiguration, ChartDataset, TooltipItem } from 'chart.js';
import type { TrialState } from '../../../search/plan/outcomes.js';
import type { SearchCard, Standing } from '../../api.js';
import { estimateText } from '../data/describe.js';
import { coefficient, exact, plural } from '../data/format.js';
import { trialStates } from '../data/settings.js';
import { axis, commonOptions, percentTick, tooltipStyle } from './axes.js';
import { faded } from './colour.js';
import type { WalkPoint } from './stretch.js';
import type { Theme } from './theme.js';

/** Of one search in the chart, and of what stands around the rows, pixels. */
const rowPx = 40;
const aroundPx = 64;

/** Longer names are cut to leave room for the chart. */
const longestName = 26;
const shortestName = 12;
/** Charts narrower than this are laid out for a phone, pixels. */
const narrowPx = 480;

interface SearchPoint {
  readonly x: number;
  readonly y: number;
  readonly search: SearchCard;
  readonly text: string;
}

export interface SearchesChart {
  readonly config: ChartConfiguration;
  readonly points: readonly WalkPoint[];
  readonly heightPx: number;
  /** The states that any trial is in. */
  readonly states: readonly TrialState[];
  /** Whether a search's best candidate is another than it chose. */
  readonly hasRival: boolean;
}

/**
 * A row for each search, in the order given: on the left the accuracy of what it chose, and of its best candidate where that is another one,
 * each with its 95 % interval; on the right its trials by state, as shares of all.
 */
export function searchesChart(
  searches: readonly SearchCard[],
  theme: Theme,
  linkOf: (search: SearchCard) => string,
): SearchesChart {
  const candidates = [
    candidateDataset(
      'chosen',
      searches.map(({ choice }) => choice),
      searches,
      theme,
    ),
    candidateDataset('best so far', searches.map(rivalOf), searches, theme),
  ];
  const states = trialStates.filter((state) => searches.some(({ trials }) => trials[state] > 0));
  const datasets = [...candidates, ...states.map((state) => stateDataset(state, searches, theme))];
  const config = {
    type: 'scatterWithErrorBars',
    data: { datasets },
    options: {
      ...commonOptions(theme),
      interaction: { mode: 'nearest', intersect: true },
      scales: { y: rowAxis(searches, theme), x: accuracyAxis(searches, theme), share: shareAxis(theme) },
      plugins: { tooltip: tooltip(theme) },
      onClick: (_event: unknown, active: readonly { datasetIndex: number; index: number }[]) => {
        const [hit] = active;
        const point = hit && (datasets[hit.datasetIndex]?.data[hit.index] as unknown as SearchPoint | undefined);
        if (point) location.hash = linkOf(point.search).slice(1);
      },
    },
  } as unknown as ChartConfiguration;
  return {
    config,
    points: walkOf(searches, datasets, linkOf),
    heightPx: aroundPx + rowPx * searches.length,
    states,
    hasRival: searches.some((search) => rivalOf(search) !== null),
  };
}

/** A row for each search, with its name. */
function rowAxis(searches: readonly SearchCard[], theme: Theme) {
  return axis(theme, '', {
    type: 'linear',
    reverse: true,
    offset: false,
    // Lines stand between the rows.
    grid: { color: theme.grid, drawTicks: false, offset: true },
    min: -0.5,
    max: searches.length - 0.5,
    afterBuildTicks: (scale: { ticks: { value: number }[] }) => {
      scale.ticks = searches.map((_, value) => ({ value }));
    },
    ticks: {
      autoSkip: false,
      callback(this: { chart: { width: number } }, row: number) {
        return labelOf(searches[row], this.chart.width < narrowPx ? shortestName : longestName);
      },
    },
  });
}

function accuracyAxis(searches: readonly SearchCard[], theme: Theme) {
  const hasResult = searches.some((search) => search.choice !== null || rivalOf(search) !== null);
  return axis(theme, 'Validation accuracy', {
    type: 'linear',
    position: 'bottom',
    stack: 'columns',
    stackWeight: 3,
    grace: '8%',
    // Without a result there is nothing to fit the axis to.
    ...(hasResult ? {} : { min: 0, max: 1 }),
    ticks: { maxTicksLimit: 6, includeBounds: false, maxRotation: 0, align: 'inner', callback: percentTick },
  });
}

function shareAxis(theme: Theme) {
  return axis(theme, 'Trials', {
    type: 'linear',
    position: 'bottom',
    stack: 'columns',
    stackWeight: 2,
    stacked: true,
    // Room between the two columns.
    min: -0.15,
    max: 1,
    afterBuildTicks: (scale: { ticks: { value: number }[] }) => {
      scale.ticks = [{ value: 0 }, { value: 1 }];
    },
    ticks: { autoSkip: false, maxRotation: 0, align: 'inner', callback: percentTick },
  });
}

function tooltip(theme: Theme) {
  return {
    ...tooltipStyle(theme),
    callbacks: {
      title: ([item]: TooltipItem<'scatter'>[]) => (item?.raw as SearchPoint | undefined)?.search.name ?? '',
      label: ({ raw }: TooltipItem<'scatter'>) => [(raw as SearchPoint).text, countsOf((raw as SearchPoint).search)],
    },
  };
}

/** The best candidate, where it is not the choice. */
function rivalOf({ best, choice }: SearchCard): Standing | null {
  return best && best.networkId !== choice?.networkId ? best : null;
}

function candidateDataset(
  what: 'chosen' | 'best so far',
  standings: readonly (Standing | null)[],
  searches: readonly SearchCard[],
  theme: Theme,
): ChartDataset {
  const isChoice = what === 'chosen';
  const data = standings.flatMap((standing, y) => {
    if (!standing) return [];
    const { estimate, coefficients } = standing;
    const [xMin, xMax] = estimate.interval ?? [estimate.mean, estimate.mean];
    const { alpha, beta, gamma } = coefficients;
    const signs = `α ${coefficient(alpha)}  β ${coefficient(beta)}  γ ${coefficient(gamma)}`;
    const text = `${what}: ${signs}, ${estimateText(estimate)}`;
    // Where both are, they stand below one another.
    const shift = searches[y]?.choice && rivalOf(searches[y]) ? 0.17 : 0;
    return [{ x: estimate.mean, y: y + (isChoice ? -shift : shift), xMin, xMax, search: searches[y], text }];
  });
  const colour = theme.searched;
  const line = isChoice ? theme.chosen : faded(colour, 0.6);
  return {
    label: what,
    data,
    xAxisID: 'x',
    radius: isChoice ? 6 : 5,
    hoverRadius: isChoice ? 8 : 7,
    backgroundColor: isChoice ? colour : faded(colour, 0.25),
    borderColor: isChoice ? theme.chosen : faded(colour, 0.7),
    borderWidth: isChoice ? 3.5 : 1,
    errorBarColor: line,
    errorBarWhiskerColor: line,
    errorBarLineWidth: isChoice ? 2 : 1.25,
    errorBarWhiskerLineWidth: 1,
    errorBarWhiskerSize: 6,
    clip: false,
  } as unknown as ChartDataset;
}

function stateDataset(state: TrialState, searches: readonly SearchCard[], theme: Theme): ChartDataset {
  return {
    type: 'bar',
    label: state,
    indexAxis: 'y',
    xAxisID: 'share',
    grouped: false,
    barThickness: 10,
    backgroundColor: theme[state],
    data: searches.flatMap((search, y) => {
      const trials = search.trials[state];
      return trials === 0
        ? []
        : [{ x: trials / trialsOf(search), y, search, text: `${plural(trials, 'trial')} ${state}` }];
    }),
  } as unknown as ChartDataset;
}

/** One stop for each search: at its choice, else at its best, else at its bar. */
function walkOf(
  searches: readonly SearchCard[],
  datasets: readonly ChartDataset[],
  linkOf: (search: SearchCard) => string,
): WalkPoint[] {
  return searches.flatMap((search) => {
    for (const [datasetIndex, { data }] of datasets.entries()) {
      const own = data as unknown as readonly SearchPoint[];
      const index = own.findIndex((point) => point.search === search);
      const point = own[index];
      if (point)
        return [
          {
            datasetIndex,
            index,
            text: () => `${search.name}: ${point.text}. ${countsOf(search)}`,
            href: linkOf(search),
          },
        ];
    }
    return [];
  });
}

function labelOf(search: SearchCard | undefined, longest: number): string | string[] {
  if (!search) return '';
  const { name, simulated } = search;
  const short = name.length > longest ? `${name.slice(0, longest - 1)}…` : name;
  return simulated ? [short, 'simulated'] : short;
}

function countsOf({ trials }: SearchCard): string {
  return trialStates
    .filter((state) => trials[state] > 0)
    .map((state) => `${exact(trials[state])} ${state}`)
    .join(', ');
}

function trialsOf({ trials }: SearchCard): number {
  return trialStates.reduce((sum, state) => sum + trials[state], 0);
}
