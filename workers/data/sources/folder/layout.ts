import { InputError, show } from '../../../../search/base/errors.js';
import type { FileSplits } from '../../../../search/plan/dataset.js';
import type { Split } from '../../dataset.js';
import { readable } from './names.js';
import { type SplitName, splitOfName } from './split-names.js';
import { hasImageExtension, join, type Walk } from './walk.js';

/** A folder whose images are all of one class. */
export interface ClassFolder {
  readonly className: string;
  /** Null where the folder is not split. */
  readonly split: Split | null;
  /** Relative to the root of the walk. */
  readonly folder: string;
}

/** Which folders are splits, and which are classes. */
export interface Layout {
  readonly folders: readonly ClassFolder[];
  /** Folders that are neither. */
  readonly beside: readonly string[];
  /** The folders that hold the folders of classes; files right in them have no class. */
  readonly parents: readonly string[];
  /** Folders of a split whose images have no class. */
  readonly flat: readonly { readonly split: Split; readonly folder: string }[];
  /** Sentences that say how names were read that have more than one meaning. */
  readonly notes: readonly string[];
}

/** A folder below the root, and what its name and its content say. */
interface Top {
  readonly folder: string;
  readonly name: string;
  readonly role: SplitName | null;
  /** Folders in it. */
  readonly folders: readonly string[];
  /** Whether images are right in it. */
  readonly hasImages: boolean;
}

/** Names that need no sentence. */
const usualNames = new Set(['train', 'validation', 'val', 'test']);
const words: Readonly<Record<Split, string>> = { train: 'training', validation: 'validation', test: 'test' };

/**
 * Tells splits from classes in a folder. `splits` decides where it is given; otherwise the names and the contents of the folders do. Throws
 * `bad-data` with both readings where there are two.
 */
export async function layOut(walk: Walk, splits: FileSplits | undefined): Promise<Layout> {
  const root = await unwrapped(walk, '');
  const { folders } = await walk.read(root);
  const tops = await Promise.all(folders.map((name) => look(walk, join(root, name))));
  if (splits === 'none') return unsplit(root, tops);
  if (splits) return new Reader(walk, root, tops).asGiven(splits);
  return new Reader(walk, root, tops).asNamed();
}

async function look(walk: Walk, folder: string): Promise<Top> {
  const name = readable(folder.split('/').at(-1) as string);
  const { folders, files } = await walk.read(folder);
  return { folder, name, role: splitOfName(name), folders, hasImages: files.some(hasImageExtension) };
}

/** Follows folders that hold nothing but one folder, as archives make them, down to the one that has something to tell apart. */
async function unwrapped(walk: Walk, folder: string): Promise<string> {
  for (let at = folder; ; ) {
    const { folders, files } = await walk.read(at);
    if (folders.length > 1) return at;
    const [only] = folders;
    if (only === undefined || files.some(hasImageExtension)) return folder;
    if (splitOfName(only)?.isPlain) return at;
    at = join(at, only);
  }
}

function unsplit(root: string, tops: readonly Top[], notes: readonly string[] = []): Layout {
  const folders = tops.map(({ name, folder }) => ({ className: name, split: null, folder }));
  return { folders, beside: [], parents: [root], flat: [], notes };
}

class Reader {
  constructor(
    private readonly walk: Walk,
    private readonly root: string,
    private readonly tops: readonly Top[],
  ) {}

  asNamed(): Promise<Layout> | Layout {
    const { tops } = this;
    const withClasses = tops.filter(({ role, folders }) => role && folders.length > 0);
    if (withClasses.some(({ role }) => role?.split === 'train')) return this.besideTraining(withClasses);
    const others = tops.filter((top) => !withClasses.includes(top));
    if (withClasses.some(({ role }) => role?.isPlain)) return this.withoutTraining(withClasses, others);
    return this.withoutSplits();
  }

  /** A training split is there, with folders of classes in it. */
  private besideTraining(withClasses: readonly Top[]): Promise<Layout> {
    const plain = new Set(withClasses.filter(({ role }) => role?.isPlain).map(({ role }) => role?.split));
    const chosen = withClasses.filter(({ role }) => role?.isPlain || !plain.has(role?.split));
    const train = chosen.find(({ role }) => role?.split === 'train') as Top;
    const others = this.tops.filter((top) => !chosen.includes(top));
    const pictured = others.filter(({ hasImages, role }) => hasImages && !role);
    const isAlone = !this.tops.some(({ role }) => role && role.split !== 'train');
    if (pictured.length > 0 && (isAlone || train.hasImages)) {
      throw this.unclear([
        [`${train.name}/ is the training split, and ${listed(pictured)} is not used`, `train=${train.name}`],
        [`${listed([train, ...pictured])} are classes`, 'none'],
      ]);
    }
    this.checkOnce(chosen);
    return this.splitsOf(chosen, others);
  }

  /** Splits with classes in them, but none to train on. */
  private withoutTraining(withClasses: readonly Top[], others: readonly Top[]): Promise<Layout> | Layout {
    const classes = new Set(others.filter(({ role }) => !role?.isPlain).map(({ name }) => name));
    const isTold = withClasses.every(({ folders }) => folders.every((name) => classes.has(readable(name))));
    if (isTold && classes.size > 1) {
      this.checkOnce(withClasses);
      return this.besideClasses(withClasses, others);
    }
    const [first] = withClasses as [Top];
    throw this.unclear([
      [`${listed(withClasses)} are splits, and the training split is missing`, `train=${first.name}`],
      [`${listed(this.tops)} are classes`, 'none'],
    ]);
  }

  /** Folders of classes, and beside them splits with folders of the same classes. */
  private async besideClasses(withClasses: readonly Top[], others: readonly Top[]): Promise<Layout> {
    const isFlat = ({ role, folders }: Top) => role?.isPlain && folders.length === 0 && role.split !== 'train';
    const rest = await this.splitsOf(withClasses, others.filter(isFlat));
    const classes = others.filter((top) => !isFlat(top));
    const train = classes.map(({ name, folder }) => ({ className: name, split: 'train' as const, folder }));
    const note = `${listed(withClasses)} holds folders of the same names as those beside it and is read as a split.`;
    return { ...rest, folders: [...train, ...rest.folders], notes: [note] };
  }

  private withoutSplits(): Layout {
    const { tops, root } = this;
    const flat = tops.filter(({ role, hasImages, folders }) => role?.isPlain && hasImages && folders.length === 0);
    if (flat.length > 1 && flat.length === tops.length && new Set(flat.map(({ role }) => role?.split)).size > 1) {
      throw this.unclear([
        [
          `${listed(flat)} are splits whose images have no class: give a table of path, label and split`,
          `--data table:FILE`,
        ],
        [`${listed(flat)} are classes`, 'none'],
      ]);
    }
    // Training images without a class would be of no use, so a flat folder called "train" is a class.
    const doubtful = flat.filter(({ role }) => role?.split !== 'train');
    if (doubtful.length > 0 && tops.length - flat.length > 0) {
      const names = doubtful.map(({ name }) => name);
      throw this.unclear([
        [`${listed(doubtful)} is a split whose images have no class and is not used`, `--leave-out ${names.join(',')}`],
        [`${listed(tops)} are classes`, 'none'],
      ]);
    }
    return this.splitsInClasses() ?? this.folds() ?? unsplit(root, tops);
  }

  /** CLASS/train/* and CLASS/test/*. */
  private splitsInClasses(): Layout | null {
    const { tops, root } = this;
    const isSplit = ({ hasImages, folders }: Top) =>
      !hasImages && folders.length > 1 && folders.every((name) => splitOfName(readable(name))?.isPlain);
    if (tops.length < 2 || !tops.every(isSplit)) return null;
    const folders = tops.flatMap(({ name, folder, folders }) =>
      folders.map((inner) => ({
        className: name,
        split: splitOfName(readable(inner))?.split as Split,
        folder: join(folder, inner),
      })),
    );
    if (!tops.every(({ name }) => folders.some((one) => one.className === name && one.split === 'train'))) return null;
    const parents = [root, ...tops.map(({ folder }) => folder)];
    const note = `Every class has folders called ${listed(tops[0]?.folders ?? [])}, which are read as its splits.`;
    return { folders, beside: [], parents, flat: [], notes: [note] };
  }

  /** Throws where all folders hold folders of the same names: then these may be the classes. */
  private folds(): null {
    const { tops } = this;
    const [first, second] = tops;
    if (!first || !second || first.folders.length < 2) return null;
    const names = first.folders.map(readable).join('/');
    if (!tops.every(({ hasImages, folders }) => !hasImages && folders.map(readable).join('/') === names)) return null;
    throw this.unclear([
      [
        `the classes are ${listed(first.folders)}, in ${tops.length} parts such as folds of a cross-validation`,
        tops.length > 2 ? `validation=${first.name}` : `train=${first.name},test=${second.name}`,
      ],
      [`the classes are ${listed(tops)}`, 'none'],
    ]);
  }

  /** As `--split` or `data.splits` names the folders. */
  async asGiven(splits: Exclude<FileSplits, 'none'>): Promise<Layout> {
    const chosen: Top[] = [];
    for (const split of ['train', 'validation', 'test'] as const) {
      for (const name of splits[split] ?? []) {
        if (name === '*') continue;
        const top = this.tops.find((one) => one.name === name.normalize('NFC').replace(/\/$/, ''));
        if (!top) {
          const rule = `expected folders of ${this.walk.tree.shown(this.root)} (${listed(this.tops)})`;
          throw new InputError('bad-value', `data.splits.${split}: ${rule}, got ${show(name)}`);
        }
        chosen.push({ ...top, role: { split, isPlain: true } });
      }
    }
    const others = this.tops.filter(({ folder }) => !chosen.some((one) => one.folder === folder));
    const rest = (['train', 'validation', 'test'] as const).find((split) => splits[split]?.includes('*'));
    const takes = rest ?? (splits.train ? null : 'train');
    if (takes === 'train' && others.some(({ hasImages }) => hasImages)) return this.besideClasses(chosen, others);
    const role = { split: takes as Split, isPlain: true };
    const taken = takes ? others.filter(({ folders }) => folders.length > 0).map((top) => ({ ...top, role })) : [];
    return this.splitsOf(
      [...chosen, ...taken],
      others.filter(({ folder }) => !taken.some((one) => one.folder === folder)),
    );
  }

  private async splitsOf(chosen: readonly Top[], others: readonly Top[]): Promise<Layout> {
    const folders: ClassFolder[] = [];
    const parents: string[] = [this.root];
    const classes = new Set<string>();
    const inOrder = chosen.toSorted((a, b) => Number(b.role?.split === 'train') - Number(a.role?.split === 'train'));
    for (const { folder, role } of inOrder) {
      const parent = await this.insideOf(folder, classes);
      parents.push(parent);
      for (const name of (await this.walk.read(parent)).folders) {
        const className = readable(name);
        if (role?.split === 'train') classes.add(className);
        folders.push({ className, split: role?.split as Split, folder: join(parent, name) });
      }
    }
    const flat = others.flatMap(({ folder, role, folders }) =>
      role && folders.length === 0 && role.split !== 'train' ? [{ split: role.split, folder }] : [],
    );
    const beside = others.map(({ folder }) => folder).filter((folder) => !flat.some((one) => one.folder === folder));
    const unusual = chosen.filter(({ name }) => !usualNames.has(name));
    const read = unusual.map(({ name, role }) => `${name}/ as the ${words[role?.split as Split]} split`);
    return { folders, beside, parents, flat, notes: read.length > 0 ? [`Read ${sentenceList(read)}.`] : [] };
  }

  /** The folder with the classes of a split: some archives have `seg_train/seg_train/CLASS`. */
  private async insideOf(folder: string, classes: ReadonlySet<string>): Promise<string> {
    for (let at = folder; ; ) {
      const { folders, files } = await this.walk.read(at);
      const [only] = folders;
      if (only === undefined || folders.length > 1 || files.some(hasImageExtension)) return at;
      if (classes.has(readable(only)) || (await this.walk.read(join(at, only))).folders.length < 2) return at;
      at = join(at, only);
    }
  }

  private checkOnce(chosen: readonly Top[]): void {
    const twice = chosen.find(({ role }, i) => chosen.findIndex((other) => other.role?.split === role?.split) < i);
    if (!twice) return;
    const names = chosen.map(({ name }) => name).join(', ');
    const split = twice.role?.split;
    throw new InputError(
      'bad-data',
      `${this.walk.tree.shown(this.root)}: expected one ${split} folder, got ${names}; --split ${split}=${twice.name} (data.splits in an experiment) says which`,
    );
  }

  private unclear(readings: readonly (readonly [reading: string, rule: string])[]): InputError {
    const flag = (rule: string) =>
      rule.startsWith('--') ? rule : `--split ${/[ ()&;]/.test(rule) ? show(rule) : rule}`;
    const either = readings.map(([reading, rule], i) => `(${i + 1}) ${reading} [${flag(rule)}]`).join('; ');
    return new InputError(
      'bad-data',
      `${this.walk.tree.shown(this.root)} can be read in two ways: ${either}. Say which with the flag in brackets, or with data.splits in the experiment.`,
    );
  }
}

/** Some names for a sentence. */
function listed(tops: readonly (Top | string)[]): string {
  const names = tops.map((top) => (typeof top === 'string' ? readable(top) : top.name));
  return names.length > 6 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : sentenceList(names);
}

function sentenceList(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
