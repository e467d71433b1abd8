import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** What the page says of the element that has the focus. */
interface Focused {
  /** Its tag and its name, for a failure to be read. */
  readonly what: string;
  readonly isPage: boolean;
  /** Pixels of the ring around it, 0 for none. */
  readonly ringPx: number;
  /** Of the ring against what lies around it, WCAG's ratio. */
  readonly contrast: number;
  /** Whether some of it can be seen: in the window, and not behind anything else. */
  readonly isSeen: boolean;
}

/** Run in the page; text, since tests know no document. */
const readFocus = `(() => {
  const element = document.activeElement;
  const channels = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = channels(colour).map((c) => (c / 255 <= 0.04045 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let ground = 'rgb(255, 255, 255)';
  for (let at = element.parentElement; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (channels(colour)[3] !== 0) { ground = colour; break; }
  }
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
  const [dark, light] = [luminance(outlineColor), luminance(ground)].sort((a, b) => a - b);
  const { left, top, right, bottom } = element.getBoundingClientRect();
  const x = (Math.max(0, left) + Math.min(innerWidth, right)) / 2;
  const y = (Math.max(0, top) + Math.min(innerHeight, bottom)) / 2;
  const hit = document.elementFromPoint(x, y);
  return {
    what: element.tagName + ' ' + (element.getAttribute('aria-label') ?? element.textContent).slice(0, 60),
    isPage: element === document.body,
    ringPx: outlineStyle === 'none' ? 0 : parseFloat(outlineWidth),
    contrast: (light + 0.05) / (dark + 0.05),
    isSeen: hit !== null && (element.contains(hit) || hit.contains(element)) && bottom > 0 && top < innerHeight,
  };
})()`;

/** A reader without a mouse, who must see at every stop where the focus is. */
export class Keyboard {
  constructor(private readonly page: Page) {}

  /** Presses a key, and looks where the focus is. */
  async press(key: string): Promise<void> {
    await this.page.keyboard.press(key);
    await this.look();
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text);
    await this.look();
  }

  /** Goes on by Tab, or back by Shift and Tab, until the element has the focus. */
  async goTo(target: Locator, direction: 'on' | 'back' = 'on'): Promise<void> {
    for (let stops = 0; stops < 400; stops++) {
      await this.page.keyboard.press(direction === 'on' ? 'Tab' : 'Shift+Tab');
      if (await this.look({ mayBePage: true })) continue;
      if (await this.has(target)) return;
    }
    throw new Error(`no stop of Tab is ${target}`);
  }

  /** Whether the element has the focus. */
  async has(target: Locator): Promise<boolean> {
    return target.evaluateAll((elements) =>
      elements.some((element) => element === element.ownerDocument.activeElement),
    );
  }

  /** Waits until the element has the focus, and looks at it. */
  async expectOn(target: Locator): Promise<void> {
    await expect.poll(() => this.has(target), { message: `focus on ${target}`, timeout: 10_000 }).toBe(true);
    await this.look();
  }

  /** Fails unless the focus is somewhere and can be seen; returns whether it is on the page as a whole, which Tab passes at its end. */
  private async look({ mayBePage = false } = {}): Promise<boolean> {
    const focused = (await this.page.evaluate(readFocus)) as Focused;
    if (focused.isPage && mayBePage) return true;
    expect(focused, focused.what).toMatchObject({ isPage: false, isSeen: true });
    expect(focused.ringPx, focused.what).toBeGreaterThanOrEqual(2);
    expect(focused.contrast, focused.what).toBeGreaterThanOrEqual(3);
    return false;
  }
}
