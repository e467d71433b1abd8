/** Files that a source did not use, all for one reason. */
export interface PassedOver {
  /** Such as "not an image". */
  readonly why: string;
  /** Files. */
  readonly count: number;
  /** The path of one of them, or of the folder that holds them. */
  readonly example: string;
}

/** Counts what is passed over, by reason. */
export class Tally {
  private readonly found = new Map<string, { count: number; example: string }>();

  /** `files`: how many the example stands for. */
  add(why: string, example: string, files = 1): void {
    const entry = this.found.get(why);
    if (!entry) this.found.set(why, { count: files, example });
    else {
      entry.count += files;
      if (example < entry.example) entry.example = example;
    }
  }

  /** Sorted by count, most first, then by reason. */
  list(): PassedOver[] {
    return [...this.found]
      .map(([why, { count, example }]) => ({ why, count, example }))
      .sort((a, b) => b.count - a.count || (a.why < b.why ? -1 : 1));
  }
}
