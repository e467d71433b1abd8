import type { CommandResult, SearchCommand } from '../../../search/plan/command.js';
import type {
  Access,
  CurvesView,
  FailuresView,
  FamilyView,
  NetworkPage,
  Overview,
  PicturesView,
  PlanView,
  StateView,
  SurfaceView,
  TrialPage,
} from '../../api.js';

/** How the page hears of changes. `report`: it does not, since a report stays as it was written. */
export type Connection = 'live' | 'polling' | 'offline' | 'report';

/** Where the page reads from: a server, or the report that it is part of. Each promise rejects with an `Error` made for people. */
export interface Source {
  overview(): Promise<Overview>;
  plan(searchId: number): Promise<PlanView>;
  state(searchId: number, rule: string | null): Promise<StateView>;
  curves(searchId: number, networkIds: readonly string[]): Promise<CurvesView>;
  /** Null while too little is known to fit one. */
  surface(searchId: number): Promise<SurfaceView | null>;
  /** Null while nothing can be chosen. */
  family(searchId: number): Promise<FamilyView | null>;
  failures(searchId: number): Promise<FailuresView>;
  network(searchId: number, networkId: string): Promise<NetworkPage>;
  trial(searchId: number, trialId: string): Promise<TrialPage>;
  /** Whether the images that a trial gets wrong can be seen. */
  pictures(searchId: number, trialId: string): Promise<PicturesView>;
  /** Address of the picture of one of them, by its place in the validation split. */
  pictureUrl(searchId: number, trialId: string, image: number): string;
  /** Whether the searches can be controlled from here. */
  access(): Promise<Access>;
  control(searchId: number, command: SearchCommand): Promise<CommandResult>;
  /** Calls `onChange` whenever there is something new to read, `onConnection` when the way of hearing of it changes. Returns how to end it. */
  listen(onChange: () => void, onConnection: (connection: Connection) => void): () => void;
}
