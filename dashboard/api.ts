/**
 * The answers of the server and the content of a report: plain JSON, one type per address. The page shows these values and computes no
 * evidence of its own; it derives only geometry.
 */

import type { FailedAttempt, StoredAttempt, StoredEpoch, StoredEvent, StoredResult } from '../db/records.js';
import type { Cell } from '../db/tables/measures.js';
import type { Cost, LayerCost } from '../search/cost/counts.js';
import type { HandChoice } from '../search/evidence/choice.js';
import type { Estimate } from '../search/evidence/estimate.js';
import type { FamilyMember, PublishedMember } from '../search/evidence/family.js';
import type { Selection } from '../search/evidence/select.js';
import type { Bounds } from '../search/evidence/simplex.js';
import type { Optimum } from '../search/evidence/surface.js';
import type { DatasetSpec } from '../search/plan/dataset.js';
import type { Limits } from '../search/plan/experiment.js';
import type { TimeLeft } from '../search/plan/forecast/time-left.js';
import type { OutcomeState, TrialState } from '../search/plan/outcomes.js';
import type { PlannedPoint, RemovedByLimit } from '../search/plan/plan.js';
import type { Recipe } from '../search/plan/recipe.js';
import type { Mistake } from '../search/plan/trial.js';
import type { Coefficients } from '../search/scaling/coefficients.js';
import type { RealisedMultipliers } from '../search/scaling/realised-multipliers.js';

/** `running`: a coordinator is at work. `stopped`: trials are left and nobody works on them. `finished`: every trial is over. */
export type SearchState = 'running' | 'stopped' | 'finished';

/** `/api/access`: whether the client may control the searches. `none`: this server is read-only. */
export interface Access {
  readonly control: 'none' | 'needs-token' | 'allowed';
}

/** A network that stands for its search, with the point that stands for it. */
export interface Standing {
  readonly networkId: string;
  readonly coefficients: Coefficients;
  readonly estimate: Estimate;
}

/** One search as the overview shows it. */
export interface SearchCard {
  readonly id: number;
  readonly hash: string;
  readonly name: string;
  readonly question: string;
  readonly simulated: boolean;
  readonly createdMs: number;
  readonly state: SearchState;
  readonly trials: Readonly<Record<TrialState, number>>;
  /** Failed trials by how their last attempt ended; most first. */
  readonly failures: readonly (readonly [outcome: OutcomeState, trials: number])[];
  readonly networks: number;
  readonly best: Standing | null;
  readonly choice: Standing | null;
  readonly tieSet: number;
  /** Until every trial is over, at the speed of the finished ones; null while unknown or while nothing runs. */
  readonly timeLeft: TimeLeft | null;
  /** Hosts that are training now. */
  readonly hosts: readonly string[];
}

/** `/api/searches` */
export interface Overview {
  /** File name of the store, without its folder. */
  readonly store: string;
  /** Size of the store; null in a report. */
  readonly bytes: number | null;
  /** Room that is left on its disk; null in a report. */
  readonly freeBytes: number | null;
  readonly searches: readonly SearchCard[];
}

export interface NetworkView {
  readonly id: string;
  readonly resolutionPx: number;
  readonly cost: Cost;
  /** Predicted peak training memory at the recipe's batch, bytes. */
  readonly peakBytes: number;
  /** How its trainings save memory, in words; empty where they do not. */
  readonly saving: string;
  /** Macs over the baseline's. */
  readonly realised: number;
  readonly multipliers: RealisedMultipliers;
  /** The points that round to this network. */
  readonly points: readonly Omit<PlannedPoint, 'networkId'>[];
  /** Index in `points` of the one that stands for the network. */
  readonly representative: number;
  /** Whether a point of the search leads here, rather than the baseline or a series alone. */
  readonly searched: boolean;
}

/** `/api/searches/ID/plan`: what never changes. */
export interface PlanView {
  readonly id: number;
  readonly hash: string;
  readonly name: string;
  readonly question: string;
  readonly expected: string | null;
  readonly simulated: boolean;
  readonly createdMs: number;
  readonly baseline: { readonly name: string; readonly resolutionPx: number; readonly cost: Cost };
  readonly dataset: DatasetSpec;
  readonly recipe: Recipe;
  /** Epochs after which early stopping pauses trials to let the best go on, of a network of median cost; empty where all are trained to the end. */
  readonly rungs: readonly number[];
  /** Macs at which candidates are compared. */
  readonly targetMacs: number;
  readonly limits: Limits;
  readonly removed: readonly RemovedByLimit[];
  readonly warnings: readonly string[];
  readonly networks: readonly NetworkView[];
  readonly trials: readonly { readonly id: string; readonly networkId: string; readonly replicate: number }[];
  /** The rules by which a choice can be made: name and words. */
  readonly rules: Readonly<Record<string, string>>;
}

/** How a trial stands. Only a `completed` one has a result. */
export type TrialView =
  | {
      readonly state: 'completed';
      readonly attempts: number;
      readonly result: Pick<
        StoredResult,
        'validationAccuracy' | 'validationLoss' | 'wallMs' | 'peakBytes' | 'imagesPerSecond' | 'host' | 'engine'
      >;
    }
  | {
      readonly state: 'running';
      readonly attempts: number;
      readonly epoch: number;
      readonly validationAccuracy: number | null;
      readonly host: string | null;
    }
  | {
      readonly state: 'failed';
      readonly attempts: number;
      readonly outcome: OutcomeState;
      readonly message: string;
    }
  | { readonly state: 'queued' | 'paused' | 'cancelled'; readonly attempts: number };

/** Why nothing is being trained although trials are left. */
export interface Standstill {
  /** What is missing: a coordinator, the command to resume, or workers. */
  readonly limit: 'coordinator' | 'pause' | 'workers';
  /** Further details in words. */
  readonly detail: string | null;
  readonly sinceMs: number | null;
}

/** `/api/searches/ID/state?rule=NAME`: what changes while the search runs. */
export interface StateView {
  readonly state: SearchState;
  /** In the order of the plan's trials. */
  readonly trials: readonly TrialView[];
  readonly selection: Selection;
  /** The choice by hand, whichever rule this selection used. */
  readonly byHand: HandChoice | null;
  readonly timeLeft: TimeLeft | null;
  /** Null while something is being trained, when all is over, and in a report. */
  readonly standstill: Standstill | null;
  /** The latest things that happened, newest first; none in a report. */
  readonly events: readonly Pick<StoredEvent, 'atMs' | 'kind' | 'trialId' | 'detail'>[];
}

/** A curve in columns, one value per epoch from the first; a measure that was NaN is null. */
export interface Curve {
  readonly trialId: string;
  readonly validationAccuracy: readonly StoredEpoch['validationAccuracy'][];
  readonly validationLoss: readonly StoredEpoch['validationLoss'][];
  readonly trainLoss: readonly StoredEpoch['trainLoss'][];
}

/** `/api/searches/ID/surface`: the fitted response surface over what was searched, in values on a grid of depth and width shares. */
export interface SurfaceView {
  /** The least and the most of each share that was searched. */
  readonly bounds: Bounds;
  readonly depths: readonly number[];
  readonly widths: readonly number[];
  /** Fitted accuracy at the target cost, by depth and then by width, also outside the bounds. */
  readonly accuracy: readonly (readonly number[])[];
  /** At most 1 inside the 95 % confidence region of the optimum; same layout. */
  readonly region: readonly (readonly number[])[];
  readonly optimum: Optimum;
  /** Share of the variance of the means that the surface explains. */
  readonly explained: number;
}

/** A network of the family, or one that it is compared with. */
export interface FamilyRow extends Omit<FamilyMember, 'network'> {
  readonly resolutionPx: number;
}

/** `/api/searches/ID/family`: the chosen coefficients at several φ, each followed by its rivals at the same cost. */
export interface FamilyView {
  readonly coefficients: Omit<Coefficients, 'phi'>;
  readonly rows: readonly FamilyRow[];
  /** The published networks of the same baseline; empty where there are none. */
  readonly published: readonly Pick<PublishedMember, 'name' | 'multipliers' | 'phiFrom'>[];
}

/** A value that may not exist yet. */
export interface Maybe<T> {
  readonly value: T | null;
}

/** `/api/searches/ID/curves?networks=ID,ID` */
export interface CurvesView {
  readonly curves: readonly Curve[];
}

/** A block of a network: the sum of its layers, with its output shape. */
export interface BlockView extends Cost {
  /** Such as `stage3/block1`. */
  readonly name: string;
  readonly stage: string;
  /** Block type, such as `mbconv`; `classifier` for what follows the last stage. */
  readonly type: string;
  /** Height, width and channels of its output. */
  readonly shape: readonly [number, number, number];
}

/** `/api/searches/ID/networks/NETWORK` */
export interface NetworkPage {
  readonly id: string;
  readonly blocks: readonly BlockView[];
  readonly layers: readonly LayerCost[];
}

/** `/api/searches/ID/trials/TRIAL` */
export interface TrialPage {
  readonly id: string;
  readonly networkId: string;
  readonly replicate: number;
  readonly seed: number;
  readonly trial: TrialView;
  readonly result: StoredResult | null;
  readonly epochs: readonly StoredEpoch[];
  readonly attempts: readonly Omit<StoredAttempt, 'trialId'>[];
  readonly confusion: ConfusionView | null;
  /** A sample of the validation images that it gets wrong, surest first; null where none was taken. */
  readonly mistakes: readonly Mistake[] | null;
}

/** `/api/searches/ID/trials/TRIAL/pictures`: whether the images of a trial's mistakes can be seen, each at `…/pictures/PLACE`. */
export interface PicturesView {
  /** Names of the classes; null where the data are unavailable. */
  readonly classes: readonly string[] | null;
  /** Of each square picture; null where there are none. */
  readonly sidePx: number | null;
  /** Why there are none. */
  readonly missing: string | null;
}

/** Validation images by true and predicted class. Only non-zero cells, since there may be a thousand classes. */
export interface ConfusionView {
  readonly classes: number;
  readonly cells: readonly Cell[];
}

/** `/api/searches/ID/failures` */
export interface FailuresView {
  readonly attempts: readonly FailedAttempt[];
}

/** The epochs of a trial in columns, rounded, which says the names once: a report holds those of every trial. */
export type EpochColumns = { readonly [Name in keyof StoredEpoch]: readonly StoredEpoch[Name][] };

/** A trial's page as a report carries it. */
export interface ReportTrial extends Omit<TrialPage, 'epochs'> {
  readonly epochs: EpochColumns;
}

/** The pictures that a report carries: those of one trial. */
export interface ReportPictures {
  readonly trialId: string;
  readonly classes: readonly string[];
  readonly sidePx: number;
  /** In base64, in the order of the trial's mistakes. */
  readonly pngs: readonly string[];
}

/** All of one search, as a report carries it: nothing of the store's name, size and whereabouts, which are not the search's. */
export interface ReportData {
  readonly card: SearchCard;
  readonly plan: PlanView;
  readonly state: StateView;
  readonly failures: FailuresView;
  readonly surface: SurfaceView | null;
  readonly family: FamilyView | null;
  readonly networks: readonly NetworkPage[];
  readonly trials: readonly ReportTrial[];
  /** Of a trial of the chosen network; null where there is none, or the data were unavailable. */
  readonly pictures: ReportPictures | null;
}
