/** What a command that ended well reports to the one place that exits: 0 done, 2 showed data that cannot be trained on, 3 no choice. */
export type ExitCode = 0 | 2 | 3;

/** Sets the exit code of a command that ends well but without what was hoped for. */
export type ExitWith = (code: ExitCode) => void;
