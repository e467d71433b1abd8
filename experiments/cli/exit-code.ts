/** What a command that ended well reports to the one place that exits: 0 done, 3 ended without a choice. */
export type ExitCode = 0 | 3;

/** Sets the exit code of a command that ends well but without what was hoped for. */
export type ExitWith = (code: ExitCode) => void;
