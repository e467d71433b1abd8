import type { ComponentChildren } from 'preact';
import { Glyph, type GlyphName } from '../charts/glyph.js';

/** A choice among a few values, as a native select. */
export function Choice<T extends string | number>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string }[];
  readonly onChange: (value: T) => void;
}) {
  return (
    <label class="choice">
      <span>{label}</span>
      <select
        value={String(value)}
        onChange={(event) => {
          const chosen = options.find((option) => String(option.value) === event.currentTarget.value);
          if (chosen) onChange(chosen.value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={String(option.value)}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A button that is on or off. */
export function Toggle({
  on,
  onToggle,
  glyph,
  children,
}: {
  readonly on: boolean;
  readonly onToggle: () => void;
  readonly glyph?: GlyphName;
  readonly children: ComponentChildren;
}) {
  return (
    <button type="button" class="toggle" aria-pressed={on} onClick={onToggle}>
      {glyph && <Glyph name={glyph} />}
      {children}
    </button>
  );
}

/** A legend entry: a glyph and its meaning. */
export function Key({ glyph, children }: { readonly glyph: GlyphName; readonly children: ComponentChildren }) {
  return (
    <li>
      <Glyph name={glyph} />
      {children}
    </li>
  );
}
