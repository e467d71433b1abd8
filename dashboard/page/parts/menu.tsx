import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface MenuProps {
  readonly text: string;
  /** What a screen reader says in place of the text; begins with it. */
  readonly label: string;
  readonly children: ComponentChildren;
}

/** Controls behind a button. Escape closes the menu and returns the focus to the button; a click or focus elsewhere closes it too. */
export function Menu({ text, label, children }: MenuProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const closeFromOutside = ({ target }: Event): void => {
      if (menu.current?.open && !menu.current.contains(target as Node)) menu.current.open = false;
    };
    document.addEventListener('pointerdown', closeFromOutside);
    document.addEventListener('focusin', closeFromOutside);
    return () => {
      document.removeEventListener('pointerdown', closeFromOutside);
      document.removeEventListener('focusin', closeFromOutside);
    };
  }, []);
  const closeByKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !menu.current?.open) return;
    menu.current.open = false;
    menu.current.querySelector('summary')?.focus();
  };
  return (
    <details class="menu" ref={menu} onKeyDown={closeByKey}>
      <summary aria-label={label}>{text}</summary>
      <div class="menu-items">{children}</div>
    </details>
  );
}
