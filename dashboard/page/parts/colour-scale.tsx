interface ColourScaleProps {
  readonly from: string;
  readonly to: string;
  readonly colours: readonly string[];
}

/** A colour scale between two labelled ends. */
export function ColourScale({ from, to, colours }: ColourScaleProps) {
  return (
    <div class="scale">
      <span>{from}</span>
      <svg viewBox={`0 0 ${colours.length} 1`} preserveAspectRatio="none" aria-hidden="true">
        {colours.map((colour, i) => (
          <rect key={i} x={i} width="1.05" height="1" fill={colour} />
        ))}
      </svg>
      <span>{to}</span>
    </div>
  );
}
