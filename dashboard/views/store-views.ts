import { statfsSync, statSync } from 'node:fs';
import path from 'node:path';
import { toCells } from '../../db/confusion.js';
import { toTrialRecord } from '../../db/read/evidence.js';
import type { StoreReader } from '../../db/reader.js';
import type { SearchSummary, StoredAttempt, StoredTrial } from '../../db/records.js';
import { type Candidate, representative } from '../../search/evidence/candidate.js';
import type { Selection } from '../../search/evidence/select.js';
import { selectPlanned } from '../../search/evidence/select-planned.js';
import type { Plan } from '../../search/plan.js';
import type {
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
} from '../api.js';
import type { ControlCommand } from '../control.js';
import { toCurve } from './curve.js';
import { toColumns } from './epoch-columns.js';
import { failuresView } from './failures-view.js';
import { familyView } from './family-view.js';
import { networkPage } from './network-page.js';
import { planView } from './plan-view.js';
import { standstill } from './standstill.js';
import { surfaceView } from './surface-view.js';
import { timeLeftOf } from './time-left.js';
import { trialView } from './trial-view.js';

/** A search's trials with what follows from them, as of a version of the store's data. */
interface Standings {
  readonly version: number;
  readonly trials: readonly StoredTrial[];
  readonly candidates: readonly Candidate[];
  readonly selection: Selection;
}

/** A family as it was counted. */
interface Family {
  readonly key: string;
  readonly view: FamilyView | null;
  readonly countedAt: number;
}

/** How long a family holds while a search runs and its choice changes; it says itself of which coefficients it is. */
const familyHoldsMs = 30_000;

/** Events looked at for the last turn of a search, and those that the page shows. */
const eventsRead = 200;
const eventsShown = 20;

/** Everything that the page shows, read from a store. Plans are kept until trials are added to them, and all else until the store's data change. */
export class StoreViews {
  private readonly plans = new Map<string, { plan: Plan; view: PlanView }>();
  private readonly standings = new Map<string, Standings>();
  private readonly families = new Map<number, Family>();

  constructor(private readonly reader: StoreReader) {}

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
    const { candidates, selection } = this.standing(summary);
    return { value: surfaceView(this.planned(summary).plan, candidates, selection) };
  }

  family(searchId: number): Maybe<FamilyView> | null {
    const summary = this.summary(searchId);
    return summary && { value: this.familyOf(summary) };
  }

  /** Curves of the trials of some networks; of all when `networkIds` is absent. */
  curves(searchId: number, networkIds?: ReadonlySet<string>): CurvesView | null {
    const summary = this.summary(searchId);
    if (!summary) return null;
    const wanted = this.planned(summary).plan.trials.filter(({ networkId }) => networkIds?.has(networkId) ?? true);
    return {
      curves: wanted
        .map(({ id }) => toCurve(id, this.reader.curve(id)))
        .filter(({ validationLoss }) => validationLoss.length > 0),
    };
  }

  failures(searchId: number): FailuresView | null {
    return this.summary(searchId) && failuresView(this.reader.attempts(searchId));
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
      failures: failuresView(attempts),
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
  obstacle(searchId: number, command: ControlCommand['command']): string | null {
    const summary = this.summary(searchId);
    if (!summary) return 'unknown';
    if (command === 'choose' || command === 'export') return null;
    const isOther = this.reader.isBeingWritten() && this.searchState(summary) !== 'running';
    // The coordinator of a search that is over for now still holds the store until it has ended.
    return isOther ? 'the coordinator of this store is at work on another search, or has just ended this one' : null;
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
    const { trials, selection } = this.standing(summary, rule);
    const state = this.searchState(summary);
    const events = this.reader.latestEvents(summary.id, eventsRead);
    return {
      state,
      trials: trials.map(trialView),
      selection,
      byHand: this.reader.handChoice(summary.id),
      standstill: standstill(state, trials, events),
      events: events.slice(0, eventsShown).map(({ atMs, kind, trialId, detail }) => ({ atMs, kind, trialId, detail })),
      timeLeft: state === 'running' ? timeLeftOf(plan, trials) : null,
    };
  }

  private standing(summary: SearchSummary, rule?: string): Standings {
    const key = `${summary.id} ${rule ?? ''}`;
    const version = this.reader.dataVersion();
    const known = this.standings.get(key);
    if (known?.version === version) return known;
    const trials = this.reader.trials(summary.id);
    const records = trials.map((trial) => toTrialRecord(trial, []));
    const validationImages = this.reader.validationImages(summary.id);
    const testReads = this.reader.testReads(summary.id).length;
    const standing = {
      version,
      trials,
      ...selectPlanned(this.planned(summary).plan, records, {
        validationImages,
        rule,
        testReads,
        byHand: this.reader.handChoice(summary.id),
      }),
    };
    this.standings.set(key, standing);
    return standing;
  }

  private card(summary: SearchSummary): SearchCard {
    const { plan, view } = this.planned(summary);
    const { trials, candidates, selection } = this.standing(summary);
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
    const { trials, selection } = this.standing(summary);
    const engine = trials.flatMap((trial) => (trial.state === 'completed' ? [trial.result.engine] : []))[0] ?? 'wasm';
    const key = JSON.stringify([summary.id, selection.choice?.coefficients, engine]);
    const known = this.families.get(summary.id);
    const isFresh = known !== undefined && performance.now() - known.countedAt < familyHoldsMs;
    if (known?.key === key || (isFresh && this.searchState(summary) === 'running')) return known.view;
    const view = familyView(plan, selection, engine);
    this.families.set(summary.id, { key, view, countedAt: performance.now() });
    return view;
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

/** Trials that wait at a rung keep no search from being finished. */
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
