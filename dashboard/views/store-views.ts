import { statfsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { StoreReader } from '../../db/reader.js';
import type { SearchSummary, StoredAttempt, StoredTrial } from '../../db/records.js';
import { toCells } from '../../db/tables/measures.js';
import { type Candidate, representative } from '../../search/evidence/candidate.js';
import { familyOptions } from '../../search/evidence/family.js';
import type { Selection } from '../../search/evidence/select.js';
import type { SearchCommand } from '../../search/plan/command.js';
import type { OutcomeState } from '../../search/plan/outcomes.js';
import type { Plan } from '../../search/plan/plan.js';
import type {
  Curve,
  CurvesView,
  FailuresView,
  FamilyView,
  Maybe,
  NetworkPage,
  Overview,
  PlanView,
  ReportData,
  SearchCard,
  SearchState,
  Standing,
  StateView,
  SurfaceView,
  TrialPage,
  TrialView,
} from '../api.js';
import { toColumns, toCurve } from './curves.js';
import { familyView } from './family-view.js';
import { networkPage } from './network-page.js';
import { planView } from './plan-view.js';
import { standstill, timeLeftOf } from './search-progress.js';
import { Held, Standings } from './standings.js';
import { surfaceView } from './surface-view.js';
import { trialView } from './trial-view.js';

/** How long a family holds while a search runs and its choice changes; it says itself of which coefficients it is. */
const familyHoldsMs = 30_000;
/** How long the drawing of the surface does; the points in it are as new as ever. */
const surfaceHoldsMs = 10_000;

/** Curves that are kept: those of the networks that pages show. */
const mostCurvesKept = 400;

/** Events looked at for the last turn of a search, and those that the page shows. */
const eventsRead = 200;
const eventsShown = 20;

/** Everything that the page shows, read from a store. Plans are kept until trials are added to them, and all else until the store's data change. */
export class StoreViews {
  private readonly plans = new Map<string, { plan: Plan; view: PlanView }>();
  private readonly standings: Standings;
  private readonly families = new Held<FamilyView | null>(familyHoldsMs);
  private readonly surfaces = new Held<SurfaceView | null>(surfaceHoldsMs);
  private readonly trialViews = new WeakMap<StoredTrial, TrialView>();
  private readonly finishedCurves = new Map<string, Curve>();

  constructor(private readonly reader: StoreReader) {
    this.standings = new Standings(reader);
  }

  overview(): Overview {
    const { file } = this.reader;
    const searches = this.reader.searches().map((summary) => this.card(summary));
    const { bavail, bsize } = statfsSync(path.dirname(file));
    return { store: path.basename(file), bytes: statSync(file).size, freeBytes: bavail * bsize, searches };
  }

  /** Null for a search that is not in the store; so are the other views. */
  plan(searchId: number): PlanView | null {
    const summary = this.summary(searchId);
    return summary && this.planned(summary).view;
  }

  /** `rule` is one of `choiceRules`. */
  state(searchId: number, rule?: string): StateView | null {
    const summary = this.summary(searchId);
    return summary && this.stateOf(summary, rule);
  }

  surface(searchId: number): Maybe<SurfaceView> | null {
    const summary = this.summary(searchId);
    if (!summary) return null;
    const { plan } = this.planned(summary);
    const { candidates, selection } = this.standings.of(summary, plan);
    const isRunning = this.searchState(summary) === 'running';
    const make = (): SurfaceView | null => surfaceView(plan, candidates, selection);
    return { value: this.surfaces.get(searchId, selection, isRunning, make) };
  }

  family(searchId: number): Maybe<FamilyView> | null {
    const summary = this.summary(searchId);
    return summary && { value: this.familyOf(summary) };
  }

  /** Curves of the trials of some networks; of all when `networkIds` is absent. */
  curves(searchId: number, networkIds?: ReadonlySet<string>): CurvesView | null {
    const summary = this.summary(searchId);
    if (!summary) return null;
    const { trials } = this.standings.of(summary, this.planned(summary).plan);
    const wanted = trials.filter(({ networkId }) => networkIds?.has(networkId) ?? true);
    return {
      curves: wanted.map((trial) => this.curve(trial)).filter(({ validationLoss }) => validationLoss.length > 0),
    };
  }

  failures(searchId: number): FailuresView | null {
    return this.summary(searchId) && { attempts: this.reader.failedAttempts(searchId) };
  }

  network(searchId: number, networkId: string): NetworkPage | null {
    const summary = this.summary(searchId);
    const network = summary && this.planned(summary).plan.networks.find(({ id }) => id === networkId);
    return network ? networkPage(network) : null;
  }

  trial(searchId: number, trialId: string): TrialPage | null {
    const stored = this.summary(searchId) && this.reader.trials(searchId).find(({ id }) => id === trialId);
    if (!stored) return null;
    return this.trialPage(
      stored,
      this.reader.attempts(searchId).filter((attempt) => attempt.trialId === trialId),
    );
  }

  /** All of one search as it stands, the same whichever store it is in and whoever is at work on it. */
  report(searchId: number): Omit<ReportData, 'pictures'> | null {
    const summary = this.summary(searchId);
    if (!summary) return null;
    const { plan, view } = this.planned(summary);
    const attempts = this.reader.attempts(searchId);
    const attemptsOf = byTrial(attempts);
    const still = { state: isUnfinished(summary) ? 'stopped' : 'finished', timeLeft: null } as const;
    const quiet = { ...still, standstill: null, events: [] } as const;
    return {
      card: { ...this.card(summary), ...still, id: 1, hosts: [] },
      plan: { ...view, id: 1 },
      state: { ...this.stateOf(summary), ...quiet },
      failures: { attempts: this.reader.failedAttempts(searchId) },
      surface: this.surface(searchId)?.value ?? null,
      family: this.familyOf(summary),
      networks: plan.networks.map(networkPage),
      trials: this.reader.trials(searchId).map((stored) => {
        const page = this.trialPage(stored, attemptsOf.get(stored.id) ?? []);
        return { ...page, epochs: toColumns(page.epochs) };
      }),
    };
  }

  /** Why a command cannot be carried out on a search now: a coordinator obeys for the search that it works on. Null: nothing is in the way. */
  obstacle(searchId: number, command: SearchCommand['command']): string | null {
    const summary = this.summary(searchId);
    if (!summary) return 'unknown';
    if (command === 'choose') return null;
    const isOther = this.reader.isBeingWritten() && this.searchState(summary) !== 'running';
    // The coordinator of a search that is over for now still holds the store until it has ended.
    return isOther ? 'the coordinator of this store is running another search, or has just ended this one' : null;
  }

  private summary(searchId: number): SearchSummary | null {
    return this.reader.searches().find(({ id }) => id === searchId) ?? null;
  }

  private planned(summary: SearchSummary): { plan: Plan; view: PlanView } {
    const known = this.plans.get(summary.hash);
    const trials = Object.values(summary.trials).reduce((sum, count) => sum + count, 0);
    if (known?.plan.trials.length === trials) return known;
    const plan = this.reader.plan(summary.id);
    const planned = { plan, view: planView(summary, plan) };
    this.plans.set(summary.hash, planned);
    return planned;
  }

  private stateOf(summary: SearchSummary, rule?: string): StateView {
    const { plan } = this.planned(summary);
    const { trials, selection } = this.standings.of(summary, plan, rule);
    const state = this.searchState(summary);
    const events = this.reader.latestEvents(summary.id, eventsRead);
    return {
      state,
      trials: trials.map((trial) => this.trialView(trial)),
      selection,
      byHand: this.reader.handChoice(summary.id),
      standstill: standstill(state, trials, events),
      events: events.slice(0, eventsShown).map(({ atMs, kind, trialId, detail }) => ({ atMs, kind, trialId, detail })),
      timeLeft: state === 'running' ? timeLeftOf(plan, trials) : null,
    };
  }

  /** The curve of a completed trial is final. */
  private curve({ id, state }: StoredTrial): Curve {
    const known = this.finishedCurves.get(id);
    if (known) return known;
    const curve = toCurve(id, this.reader.curve(id));
    if (this.finishedCurves.size >= mostCurvesKept) this.finishedCurves.clear();
    if (state === 'completed') this.finishedCurves.set(id, curve);
    return curve;
  }

  /** The same for the same stored trial. */
  private trialView(trial: StoredTrial): TrialView {
    let view = this.trialViews.get(trial);
    if (!view) {
      view = trialView(trial);
      this.trialViews.set(trial, view);
    }
    return view;
  }

  private card(summary: SearchSummary): SearchCard {
    const { plan, view } = this.planned(summary);
    const { trials, candidates, selection } = this.standings.of(summary, plan);
    const state = this.searchState(summary);
    const hosts = trials.flatMap((trial) => (trial.state === 'running' && trial.host !== null ? [trial.host] : []));
    return {
      id: summary.id,
      hash: summary.hash,
      name: summary.name,
      question: view.question,
      simulated: view.simulated,
      createdMs: summary.createdMs,
      state,
      trials: summary.trials,
      failures: failuresByOutcome(trials),
      networks: plan.networks.length,
      best: standing(selection, candidates, selection.best),
      choice: standing(selection, candidates, selection.choice?.networkId ?? null),
      tieSet: selection.tieSet.length,
      timeLeft: state === 'running' ? timeLeftOf(plan, trials) : null,
      hosts: state === 'running' ? [...new Set(hosts)].sort() : [],
    };
  }

  /** Kept until something else is chosen, and while a search runs for a time at least: it takes longer than all else together. */
  private familyOf(summary: SearchSummary): FamilyView | null {
    const { plan } = this.planned(summary);
    const { trials, selection } = this.standings.of(summary, plan);
    const options = familyOptions(plan, trials, selection.choice?.networkId ?? null);
    const key = JSON.stringify([selection.choice?.coefficients, options]);
    const isRunning = this.searchState(summary) === 'running';
    return this.families.get(summary.id, key, isRunning, () => familyView(plan, selection, options));
  }

  /** A store has one coordinator and may have several searches: it works on the one whose trials run, or on the newest that is not over. */
  private searchState(summary: SearchSummary): SearchState {
    if (!isUnfinished(summary)) return 'finished';
    if (!this.reader.isBeingWritten()) return 'stopped';
    const unfinished = this.reader.searches().filter(isUnfinished);
    const active = unfinished.findLast(({ trials }) => trials.running > 0) ?? unfinished.at(-1);
    return active?.id === summary.id ? 'running' : 'stopped';
  }

  private trialPage(stored: StoredTrial, attempts: readonly StoredAttempt[]): TrialPage {
    const { id, networkId, replicate, seed } = stored;
    const confusion = this.reader.confusion(id);
    return {
      id,
      networkId,
      replicate,
      seed,
      trial: trialView(stored),
      result: stored.state === 'completed' ? stored.result : null,
      epochs: this.reader.curve(id),
      attempts: attempts.map(({ trialId: _trial, ...attempt }) => attempt),
      confusion: confusion && { classes: confusion.length, cells: toCells(confusion) },
      mistakes: this.reader.mistakes(id)?.images ?? null,
    };
  }
}

function failuresByOutcome(trials: readonly StoredTrial[]): SearchCard['failures'] {
  const counts = new Map<OutcomeState, number>();
  for (const trial of trials)
    if (trial.state === 'failed') counts.set(trial.outcome, (counts.get(trial.outcome) ?? 0) + 1);
  return [...counts].toSorted(([a, n], [b, m]) => m - n || a.localeCompare(b, 'en'));
}

/** Trials paused at a rung do not keep a search from being finished. */
function isUnfinished({ trials }: SearchSummary): boolean {
  return trials.queued + trials.running > 0;
}

function standing(selection: Selection, candidates: readonly Candidate[], networkId: string | null): Standing | null {
  const candidate = candidates.find((each) => each.networkId === networkId);
  const estimate = selection.estimates.find((each) => each.networkId === networkId);
  if (!candidate || !estimate) return null;
  const { alpha, beta, gamma, phi } = representative(candidate);
  return { networkId: candidate.networkId, coefficients: { alpha, beta, gamma, phi }, estimate };
}

function byTrial(attempts: readonly StoredAttempt[]): Map<string, StoredAttempt[]> {
  const groups = new Map<string, StoredAttempt[]>();
  for (const attempt of attempts) {
    const group = groups.get(attempt.trialId);
    if (group) group.push(attempt);
    else groups.set(attempt.trialId, [attempt]);
  }
  return groups;
}
