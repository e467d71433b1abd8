import type { Redis } from 'ioredis';
import { type Mark, searchKeys } from './keys.js';

/** What the coordinator of a search wants of its workers. */
export interface Control {
  readonly paused: boolean;
  /** Job id to what is wanted of it. */
  readonly marks: Readonly<Record<string, string>>;
}

/** Reads what coordinators want, at most once every `maxAgeMs` for each search. */
export class Controls {
  private readonly known = new Map<string, { readonly atMs: number; readonly control: Promise<Control> }>();

  constructor(
    private readonly client: Redis,
    private readonly namespace: string,
    private readonly maxAgeMs: number,
  ) {}

  of(search: string): Promise<Control> {
    const known = this.known.get(search);
    const now = performance.now();
    if (known && now - known.atMs < this.maxAgeMs) return known.control;
    const control = this.read(search);
    this.known.set(search, { atMs: now, control });
    control.catch(() => this.known.delete(search));
    return control;
  }

  /** Forgets the searches that nothing was asked of for a while. */
  tidy(inUse: ReadonlySet<string>): void {
    for (const search of this.known.keys()) if (!inUse.has(search)) this.known.delete(search);
  }

  private async read(search: string): Promise<Control> {
    const { state, marks } = searchKeys(this.namespace, search);
    const [paused, wanted] = await Promise.all([this.client.hget(state, 'paused'), this.client.hgetall(marks)]);
    return { paused: paused === '1', marks: wanted };
  }
}

/** The mark of a job, if it has one that this version knows. */
export function markOf({ marks }: Control, jobId: string): Mark | null {
  const mark = Object.hasOwn(marks, jobId) ? marks[jobId] : null;
  return mark === 'cancel' || mark === 'drop' ? mark : null;
}
