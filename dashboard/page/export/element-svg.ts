import { Chart } from '../charts/register.js';
import { chartToSvg } from './svg.js';
import { decimal, escapeXml, paint } from './xml.js';

/** Margin around the drawing, pixels. */
const margin = 12;
/** Of the line below, pixels. */
const noteHeight = 20;

/**
 * A part of the page as SVG text, as it stands on the screen: its drawings, charts, pictures and words, each at its place. What only
 * the page needs, such as scrolling and rounded corners, is left out: what can be scrolled is drawn from its beginning and whole,
 * and what is marked as `data-screen-only` is not drawn. A note stands below it all.
 */
export function elementToSvg(root: Element, note: string): string {
  const scrolled = [...root.querySelectorAll('*')].flatMap((element) => {
    const { scrollLeft: left, scrollTop: top } = element;
    return left > 0 || top > 0 ? [{ element, left, top }] : [];
  });
  for (const { element } of scrolled) element.scrollTo(0, 0);
  try {
    return unscrolledToSvg(root, note);
  } finally {
    for (const { element, left, top } of scrolled) element.scrollTo(left, top);
  }
}

function unscrolledToSvg(root: Element, note: string): string {
  const { left, top } = root.getBoundingClientRect();
  const origin = { left: left - margin, top: top - margin };
  const body = drawn(root, origin);
  const width = Math.ceil(Math.max(0, ...body.map(({ rect }) => rect.right)) - origin.left + margin);
  const bottom = Math.ceil(Math.max(0, ...body.map(({ rect }) => rect.bottom)) - origin.top + margin);
  const height = bottom + (note === '' ? 0 : noteHeight);
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  const ground = `<rect width="${width}" height="${height}" ${paint('fill', sheetValue('--surface'))}/>`;
  const parts = [ground, ...body.map(({ svg }) => svg), ...(note === '' ? [] : [noteAt(note, bottom)])];
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>\n${parts.join('\n')}\n</svg>\n`;
}

function noteAt(note: string, top: number): string {
  const font = `font-family="${escapeXml(sheetValue('--font'))}" font-size="12"`;
  return `<text x="${margin}" y="${top + 8}" ${font} ${paint('fill', sheetValue('--notice'))}>${escapeXml(note)}</text>`;
}

/** A colour or a type of the style sheet by its name. */
function sheetValue(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

interface Origin {
  readonly left: number;
  readonly top: number;
}

/** A part of a drawing, and where it is on the screen. */
interface Part {
  readonly svg: string;
  readonly rect: DOMRect;
}

function drawn(element: Element, origin: Origin): Part[] {
  const style = getComputedStyle(element);
  if (style.display === 'none' || style.visibility === 'hidden' || element.matches('.hidden, [data-screen-only]'))
    return [];
  const rect = element.getBoundingClientRect();
  const place = placeOf(rect, origin);
  if (element instanceof SVGSVGElement) return [{ svg: withStyles(element, place), rect }];
  if (element instanceof HTMLCanvasElement) return [{ svg: chartAt(element, place), rect }];
  if (element instanceof HTMLImageElement) return [{ svg: pictureAt(element, place), rect }];
  const inside = [...element.childNodes].flatMap((child) => {
    if (child instanceof Element) return drawn(child, origin);
    return child instanceof Text
      ? lines(child).map((line) => ({ svg: textAt(line, style, origin), rect: line.rect }))
      : [];
  });
  return element instanceof HTMLTableCellElement ? [{ svg: ruleBelow(rect, style, origin), rect }, ...inside] : inside;
}

/** The line that parts a cell of a table from the next row. */
function ruleBelow({ left, right, bottom }: DOMRect, style: CSSStyleDeclaration, origin: Origin): string {
  if (Number.parseFloat(style.borderBottomWidth) === 0) return '';
  const [x1, x2, y] = [left - origin.left, right - origin.left, bottom - origin.top - 0.5].map(decimal);
  return `<path d="M${x1} ${y}H${x2}" ${paint('stroke', style.borderBottomColor)}/>`;
}

type Place = string;

function placeOf({ left, top, width, height }: DOMRect, origin: Origin): Place {
  const [x, y] = [left - origin.left, top - origin.top].map(decimal);
  return `x="${x}" y="${y}" width="${decimal(width)}" height="${decimal(height)}"`;
}

function chartAt(canvas: HTMLCanvasElement, place: Place): string {
  const chart = Chart.getChart(canvas);
  if (!chart) return '';
  return chartToSvg(chart).replace(/ width="[^"]*" height="[^"]*"/, ` ${place}`);
}

function pictureAt(image: HTMLImageElement, place: Place): string {
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext('2d')?.drawImage(image, 0, 0);
  const words = image.alt === '' ? '' : `<title>${escapeXml(image.alt)}</title>`;
  return `<image ${place} href="${canvas.toDataURL('image/png')}">${words}</image>`;
}

const numericStyles = [
  'stroke-width',
  'stroke-dasharray',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
] as const;

/** A drawing of the page with what its style sheet says written into it. */
function withStyles(svg: SVGSVGElement, place: Place): string {
  const write = (element: Element): string => {
    const { tagName, attributes, childNodes } = element;
    const style = getComputedStyle(element);
    const own = [...attributes]
      .filter(
        ({ name }) => !/^(class|fill|stroke|aria-.*|role|style|width|height|x|y)$/.test(name) || isShape(element, name),
      )
      .map(({ name, value }) => `${name}="${escapeXml(value)}"`);
    const styles = numericStyles
      .map((name) => [name, style.getPropertyValue(name)] as const)
      .filter(([, value]) => value !== '' && value !== 'none' && value !== 'normal')
      .map(([name, value]) => `${name}="${escapeXml(value)}"`);
    const paints = [paint('fill', style.fill), paint('stroke', style.stroke)];
    const head = element === svg ? `xmlns="http://www.w3.org/2000/svg" ${place}` : '';
    const inner = [...childNodes].map((child) => {
      if (child instanceof Element) return child.tagName === 'title' ? titleOf(child) : write(child);
      return child instanceof Text ? escapeXml(child.data) : '';
    });
    return `<${tagName} ${[head, ...own, ...paints, ...styles].join(' ')}>${inner.join('')}</${tagName}>`;
  };
  return write(svg);
}

/** Everything but the outermost element keeps its own place and size. */
function isShape(element: Element, name: string): boolean {
  return !(element instanceof SVGSVGElement) && /^(width|height|x|y)$/.test(name);
}

function titleOf(element: Element): string {
  return `<title>${escapeXml(element.textContent ?? '')}</title>`;
}

interface Line {
  readonly text: string;
  readonly rect: DOMRect;
}

/** The lines that a text is broken into. */
function lines(node: Text): Line[] {
  const found: Line[] = [];
  for (const { 0: word, index } of node.data.matchAll(/\S+/g)) {
    const range = document.createRange();
    range.setStart(node, index);
    range.setEnd(node, index + word.length);
    const rect = [...range.getClientRects()].at(-1);
    if (!rect) continue;
    const last = found.at(-1);
    if (last && Math.abs(last.rect.top - rect.top) < 2) {
      const { left, top, bottom } = last.rect;
      const joined = new DOMRect(left, top, rect.right - left, bottom - top);
      found[found.length - 1] = { text: `${last.text} ${word}`, rect: joined };
    } else found.push({ text: word, rect });
  }
  return found;
}

function textAt({ text, rect }: Line, style: CSSStyleDeclaration, origin: Origin): string {
  const size = Number.parseFloat(style.fontSize);
  const x = decimal(rect.left - origin.left);
  const y = decimal(rect.top - origin.top + rect.height / 2 + 0.35 * size);
  const font = `font-family="${escapeXml(style.fontFamily)}" font-size="${size}" font-weight="${style.fontWeight}"`;
  return `<text x="${x}" y="${y}" ${font} ${paint('fill', style.color)}>${escapeXml(text)}</text>`;
}
