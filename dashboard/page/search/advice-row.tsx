import type { StateView } from '../../api.js';

/** What the health checks advise before the choice is trusted. */
export function AdviceRow({ state: { selection } }: { state: StateView }) {
  if (selection.advice.length === 0 || selection.choice === null) return null;
  return (
    <section class="advice-row" aria-label="Before the choice is trusted">
      {selection.advice.map((sentence) => (
        <p key={sentence} class="advice">
          {sentence}
        </p>
      ))}
    </section>
  );
}
