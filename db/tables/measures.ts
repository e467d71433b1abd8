import type { Mistake, TrialOutcome } from '../../search/plan/trial.js';
import type { Db } from '../file/database.js';
import type { StoredMistakes } from '../records.js';

/** A nonzero count of a confusion matrix. */
export type Cell = readonly [truth: number, predicted: number, count: number];

/** A mistake as it is stored. */
type MistakeRow = readonly [image: number, truth: number, predicted: number, probability: number];

/** More classes have no matrix that a person could look at. */
const mostClasses = 1000;

/** Queries of the tables `confusion` and `mistakes`: what a finished trial got right and wrong. */
export function measureQueries(db: Db) {
  const confusion = db.prepare<[string], { classes: number; cells: string }>(
    'SELECT classes, cells FROM confusion WHERE trial = (SELECT key FROM trials WHERE id = ?)',
  );
  const firstCells = db
    .prepare<[number], string>(
      'SELECT cells FROM search_trials JOIN confusion USING (trial) WHERE search_id = ? ORDER BY position LIMIT 1',
    )
    .pluck();
  const mistakes = db.prepare<[string], { images: string; datasetDigest: string }>(`
    SELECT images, dataset_digest AS datasetDigest FROM trials
    JOIN mistakes ON mistakes.trial = trials.key JOIN results ON results.trial = trials.key WHERE trials.id = ?`);

  return {
    /** Validation images of a finished trial as confusion[truth][predicted]; null for a trial without a result, and for more classes than a matrix can show. */
    confusion(trialId: string): number[][] | null {
      const found = confusion.get(trialId);
      return found && found.classes <= mostClasses ? fromCells(found.classes, JSON.parse(found.cells)) : null;
    },

    /** Number of images in the validation split of a search, counted in a confusion matrix; null until a trial is finished. */
    validationImages(searchId: number): number | null {
      const cells = firstCells.get(searchId);
      if (cells === undefined) return null;
      return (JSON.parse(cells) as Cell[]).reduce((sum, [, , count]) => sum + count, 0);
    },

    /** A sample of the validation images that a finished trial gets wrong; null where none was taken. */
    mistakes(trialId: string): StoredMistakes | null {
      const row = mistakes.get(trialId);
      if (!row) return null;
      const images = (JSON.parse(row.images) as MistakeRow[]).map(([image, truth, predicted, probability]) => ({
        image,
        truth,
        predicted,
        probability,
      }));
      return { datasetDigest: row.datasetDigest, images };
    },
  };
}

/** Writes the confusion matrix and the sample of mistakes of a trial that has just got its result. */
export function writeMeasures(db: Db): (trial: number, outcome: Extract<TrialOutcome, { state: 'completed' }>) => void {
  const insertConfusion = db.prepare('INSERT INTO confusion (trial, classes, cells) VALUES (?, ?, ?)');
  const insertMistakes = db.prepare('INSERT INTO mistakes (trial, images) VALUES (?, ?)');
  return (trial, { confusion, confusionCells, mistakes }) => {
    const { classes, cells } = confusionCells ?? { classes: confusion.length, cells: toCells(confusion) };
    insertConfusion.run(trial, classes, JSON.stringify(cells));
    if (mistakes) insertMistakes.run(trial, JSON.stringify(mistakes.map(toMistakeRow)));
  };
}

/** The nonzero cells of confusion[truth][predicted]: at most one for each validation image, however many classes there are. */
export function toCells(confusion: readonly (readonly number[])[]): Cell[] {
  const cells: Cell[] = [];
  confusion.forEach((row, truth) => {
    row.forEach((count, predicted) => {
      if (count !== 0) cells.push([truth, predicted, count]);
    });
  });
  return cells;
}

/** The matrix confusion[truth][predicted] of `classes` rows and columns. */
function fromCells(classes: number, cells: readonly Cell[]): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const [truth, predicted, count] of cells) (matrix[truth] as number[])[predicted] = count;
  return matrix;
}

function toMistakeRow({ image, truth, predicted, probability }: Mistake): MistakeRow {
  return [image, truth, predicted, probability];
}
