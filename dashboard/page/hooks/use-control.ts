import { useEffect, useState } from 'preact/hooks';
import type { SearchCommand } from '../../../search/plan/command.js';
import type { Access } from '../../api.js';
import type { Source } from '../source/source.js';

/** How a search can be controlled from the page. */
export interface SearchControl {
  readonly access: Access['control'];
  /** A command that has not been answered yet. */
  readonly isBusy: boolean;
  /** Outcome of the last command: what was done, or why not. */
  readonly outcome: { readonly ok: boolean; readonly text: string } | null;
  readonly send: (command: SearchCommand) => void;
}

export function useControl(source: Source, searchId: number): SearchControl {
  const [access, setAccess] = useState<Access['control']>('none');
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<SearchControl['outcome']>(null);
  useEffect(() => {
    // Without an answer there is nothing to control; the header already shows that the server is gone.
    source.access().then(
      ({ control }) => setAccess(control),
      () => setAccess('none'),
    );
  }, [source]);
  const send = (command: SearchCommand): void => {
    setBusy(true);
    source
      .control(searchId, command)
      .then(
        ({ message }) => setOutcome({ ok: true, text: `${message.charAt(0).toUpperCase()}${message.slice(1)}.` }),
        (error: Error) => setOutcome({ ok: false, text: error.message }),
      )
      .finally(() => setBusy(false));
  };
  return { access, isBusy, outcome, send };
}
