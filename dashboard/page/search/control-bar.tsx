import { useEffect, useRef, useState } from 'preact/hooks';
import type { SearchCommand } from '../../../search/plan/command.js';
import type { StateView } from '../../api.js';
import { plural } from '../data/format.js';
import { countStates } from '../data/model.js';
import type { SearchControl } from '../hooks/use-control.js';

/** Controls of a running search. Without the token it says where to find it; without a server that can control searches it is absent. */
export function ControlBar({
  searchId,
  state,
  control,
}: {
  searchId: number;
  state: StateView;
  control: SearchControl;
}) {
  if (control.access === 'none') return null;
  if (control.access === 'needs-token')
    return (
      <p class="note">
        To control the search from this page, open the URL with <code>?token=…</code> that{' '}
        <code>triscale dashboard</code> printed at startup.
      </p>
    );
  const { failed, queued, running, paused } = countStates(state.trials);
  const left = queued + running + paused;
  const isRunning = state.state === 'running';
  const isPaused = state.standstill?.limit === 'pause';
  return (
    <section class="control-bar" aria-label="Search controls">
      <div class="button-row">
        {isRunning && (
          <Action
            control={control}
            command={{ command: isPaused ? 'resume' : 'pause' }}
            text={isPaused ? 'Resume' : 'Pause'}
          />
        )}
        {isRunning && (
          <Action
            control={control}
            command={{ command: 'stop' }}
            text="Stop"
            sure={`Stop once ${plural(running, 'running trial')} ${running === 1 ? 'has' : 'have'} finished?`}
          />
        )}
        {left > 0 && (
          <Action
            control={control}
            command={{ command: 'cancel' }}
            text="Cancel open trials"
            sure={`Cancel ${plural(left, 'trial')}? This cannot be undone.`}
          />
        )}
        {failed > 0 && (
          <Action
            control={control}
            command={{ command: 'retry', states: ['failed'] }}
            text={`Retry ${failed} failed`}
          />
        )}
        {state.selection.choice && (
          <a class="button" href={`api/searches/${searchId}/coefficients`} download>
            Download coefficients
          </a>
        )}
      </div>
      <p class={control.outcome?.ok === false ? 'error' : 'note'} role="status">
        {control.outcome?.text ?? ''}
      </p>
    </section>
  );
}

interface ActionProps {
  readonly control: SearchControl;
  readonly command: SearchCommand;
  readonly text: string;
  /** Asked before what cannot be undone. */
  readonly sure?: string;
}

/** One button. Before an action that cannot be undone it asks for confirmation in place, and then takes the focus back. */
function Action({ control, command, text, sure }: ActionProps) {
  const [isAsking, setAsking] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const no = useRef<HTMLButtonElement>(null);
  const wasAsking = useRef(false);
  useEffect(() => {
    if (isAsking) no.current?.focus();
    else if (wasAsking.current) button.current?.focus();
    wasAsking.current = isAsking;
  }, [isAsking]);
  // Said to be off rather than switched off, so that it keeps the focus until the answer is there.
  const act = (): void => {
    if (control.isBusy) return;
    setAsking(false);
    control.send(command);
  };
  if (!isAsking)
    return (
      <button
        type="button"
        ref={button}
        aria-disabled={control.isBusy}
        onClick={sure === undefined ? act : () => setAsking(true)}
      >
        {text}
      </button>
    );
  return (
    <fieldset
      class="asking"
      aria-label={sure}
      onKeyDown={({ key }: KeyboardEvent) => key === 'Escape' && setAsking(false)}
    >
      <span>{sure}</span>
      <button type="button" class="danger" onClick={act}>
        Yes
      </button>
      <button type="button" ref={no} onClick={() => setAsking(false)}>
        No
      </button>
    </fieldset>
  );
}
