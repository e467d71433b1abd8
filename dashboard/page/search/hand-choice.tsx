import { useRef, useState } from 'preact/hooks';
import { accuracyText, coefficientsText } from '../data/describe.js';
import type { NetworkRow } from '../data/model.js';
import type { SearchControl } from '../hooks/use-control.js';

interface HandChoiceProps {
  readonly networks: readonly NetworkRow[];
  readonly chosen: NetworkRow;
  /** Whether something is chosen by hand now. */
  readonly isByHand: boolean;
  readonly control: SearchControl;
}

/** Chooses another candidate than the rule does, and says why; every command and export then says that it was chosen by hand. */
export function HandChoice({ networks, chosen, isByHand, control }: HandChoiceProps) {
  const [networkId, setNetworkId] = useState('');
  const [note, setNote] = useState('');
  const summary = useRef<HTMLElement>(null);
  const candidates = networks
    .filter(({ group, estimate }) => group === 'searched' && estimate !== null)
    .toSorted((a, b) => Number(isTied(b)) - Number(isTied(a)) || meanOf(b) - meanOf(a));
  const submit = (event: Event): void => {
    event.preventDefault();
    if (control.isBusy) return;
    control.send({ command: 'choose', networkId, note: note.trim() });
    setNote('');
  };
  // The button disappears with the choice that it withdraws.
  const takeBack = (): void => {
    if (control.isBusy) return;
    control.send({ command: 'choose', networkId: null, note: '' });
    summary.current?.focus();
  };
  return (
    <details class="hand-choice" data-screen-only>
      <summary ref={summary}>Choose by hand</summary>
      <form onSubmit={submit}>
        <label>
          <span>Candidate</span>
          <select required value={networkId} onChange={(event) => setNetworkId(event.currentTarget.value)}>
            <option value="">Select …</option>
            {candidates.map((row) => (
              <option key={row.id} value={row.id} disabled={row === chosen && isByHand}>
                {`${isTied(row) ? '= ' : ''}${coefficientsText(row)}, ${accuracyText(row)}`}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>Reason</span>
          <input type="text" maxLength={200} value={note} onInput={(event) => setNote(event.currentTarget.value)} />
        </label>
        <div class="form-row">
          <button type="submit" aria-disabled={control.isBusy} disabled={networkId === ''}>
            Choose
          </button>
          {isByHand && (
            <button type="button" aria-disabled={control.isBusy} onClick={takeBack}>
              Restore the rule
            </button>
          )}
        </div>
        <p class="note">“=” marks candidates that cannot be told from the best.</p>
      </form>
    </details>
  );
}

function isTied({ verdict }: NetworkRow): boolean {
  return verdict === 'tied' || verdict === 'chosen';
}

function meanOf({ estimate }: NetworkRow): number {
  return estimate?.mean ?? 0;
}
