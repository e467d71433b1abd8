import { decimal, escapeXml, paint } from './xml.js';

type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** What `save` keeps. */
interface Saved {
  readonly styles: Styles;
  readonly matrix: Matrix;
  readonly clipId: string | null;
}

/** Its properties have the names and the initial values of a canvas context's. Shadows are not drawn. */
class Styles {
  fillStyle = '#000000';
  strokeStyle = '#000000';
  lineWidth = 1;
  lineCap = 'butt';
  lineJoin = 'miter';
  miterLimit = 10;
  lineDashOffset = 0;
  globalAlpha = 1;
  font = '10px sans-serif';
  textAlign = 'start';
  textBaseline = 'alphabetic';
  direction = 'inherit';
  shadowColor = 'transparent';
  shadowBlur = 0;
  shadowOffsetX = 0;
  shadowOffsetY = 0;
  protected dash: readonly number[] = [];
}

/** How far below the given place the baseline lies, in font sizes: programs other than browsers ignore `dominant-baseline`. */
const baselines: Readonly<Record<string, number>> = { top: 0.8, hanging: 0.8, middle: 0.35, bottom: -0.2 };
const anchors: Readonly<Record<string, string>> = { center: 'middle', right: 'end', end: 'end' };

/**
 * Writes down as SVG what is drawn: the part of a canvas's 2D context that Chart.js and its plugins use, without a canvas. Points are
 * transformed when they are drawn, so that the file holds plain coordinates.
 */
export class SvgContext extends Styles {
  private readonly body: string[] = [];
  private readonly clips: string[] = [];
  private readonly saved: Saved[] = [];
  private matrix: Matrix = [1, 0, 0, 1, 0, 0];
  private clipId: string | null = null;
  private path: string[] = [];

  /** Size in pixels. `measureWith` is asked for the extent of text. */
  constructor(
    private readonly width: number,
    private readonly height: number,
    private readonly measureWith: Pick<CanvasRenderingContext2D, 'font' | 'measureText'>,
  ) {
    super();
  }

  toSvg(): string {
    const size = `width="${this.width}" height="${this.height}" viewBox="0 0 ${this.width} ${this.height}"`;
    const lines = [`<defs>${this.clips.join('')}</defs>`, ...this.body];
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>\n${lines.join('\n')}\n</svg>\n`;
  }

  save(): void {
    const styles = new Styles();
    for (const name of Object.keys(styles) as (keyof Styles)[]) Object.assign(styles, { [name]: this[name] });
    this.saved.push({ styles, matrix: this.matrix, clipId: this.clipId });
  }

  restore(): void {
    const last = this.saved.pop();
    if (!last) return;
    Object.assign(this, last.styles);
    this.matrix = last.matrix;
    this.clipId = last.clipId;
  }

  translate(x: number, y: number): void {
    this.transform(1, 0, 0, 1, x, y);
  }

  rotate(angle: number): void {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    this.transform(cos, sin, -sin, cos, 0, 0);
  }

  scale(x: number, y: number): void {
    this.transform(x, 0, 0, y, 0, 0);
  }

  transform(a: number, b: number, c: number, d: number, e: number, f: number): void {
    const [A, B, C, D, E, F] = this.matrix;
    this.matrix = [A * a + C * b, B * a + D * b, A * c + C * d, B * c + D * d, A * e + C * f + E, B * e + D * f + F];
  }

  setTransform(a: number, b: number, c: number, d: number, e: number, f: number): void {
    this.matrix = [a, b, c, d, e, f];
  }

  resetTransform(): void {
    this.matrix = [1, 0, 0, 1, 0, 0];
  }

  setLineDash(dash: readonly number[]): void {
    this.dash = [...dash];
  }

  getLineDash(): readonly number[] {
    return this.dash;
  }

  beginPath(): void {
    this.path = [];
  }

  moveTo(x: number, y: number): void {
    this.path.push(`M${this.place(x, y)}`);
  }

  lineTo(x: number, y: number): void {
    this.path.push(`${this.path.length === 0 ? 'M' : 'L'}${this.place(x, y)}`);
  }

  bezierCurveTo(x1: number, y1: number, x2: number, y2: number, x: number, y: number): void {
    this.path.push(`C${this.place(x1, y1)} ${this.place(x2, y2)} ${this.place(x, y)}`);
  }

  closePath(): void {
    if (this.path.length > 0) this.path.push('Z');
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.moveTo(x, y);
    this.lineTo(x + width, y);
    this.lineTo(x + width, y + height);
    this.lineTo(x, y + height);
    this.closePath();
  }

  /** The arc of a circle, in pieces below a half turn. The scale must be the same both ways, as it is in a chart. */
  arc(x: number, y: number, radius: number, from: number, to: number, counterclockwise = false): void {
    const full = 2 * Math.PI;
    const sense = counterclockwise ? -1 : 1;
    const turn = sense * (to - from);
    const angle = turn >= full - 1e-9 ? full : ((turn % full) + full) % full;
    const at = (turned: number): readonly [number, number] => {
      const direction = from + sense * turned;
      return [x + radius * Math.cos(direction), y + radius * Math.sin(direction)];
    };
    const r = decimal(radius * Math.hypot(this.matrix[0], this.matrix[1]));
    const pieces = Math.max(1, Math.ceil(angle / 3));
    this.lineTo(...at(0));
    for (let piece = 1; piece <= pieces; piece++)
      this.path.push(`A${r} ${r} 0 0 ${counterclockwise ? 0 : 1} ${this.place(...at((angle * piece) / pieces))}`);
  }

  clip(): void {
    const id = `clip${this.clips.length}`;
    this.clips.push(`<clipPath id="${id}"${this.clipAttribute()}><path d="${this.path.join('')}"/></clipPath>`);
    this.clipId = id;
  }

  fill(): void {
    this.drawPath(`${paint('fill', this.fillStyle)}`);
  }

  stroke(): void {
    const scale = Math.hypot(this.matrix[0], this.matrix[1]);
    const dash = this.dash.map((length) => decimal(length * scale)).join(' ');
    const offset = this.lineDashOffset === 0 ? '' : ` stroke-dashoffset="${decimal(this.lineDashOffset * scale)}"`;
    this.drawPath(
      `fill="none" ${paint('stroke', this.strokeStyle)} stroke-width="${decimal(this.lineWidth * scale)}"` +
        ` stroke-linecap="${this.lineCap}" stroke-linejoin="${this.lineJoin}"` +
        (dash === '' ? '' : ` stroke-dasharray="${dash}"${offset}`),
    );
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.aside(() => {
      this.rect(x, y, width, height);
      this.fill();
    });
  }

  strokeRect(x: number, y: number, width: number, height: number): void {
    this.aside(() => {
      this.rect(x, y, width, height);
      this.stroke();
    });
  }

  /** Nothing is ever under the drawing but its background. */
  clearRect(): void {}

  fillText(text: string, x: number, y: number): void {
    this.drawText(text, x, y, paint('fill', this.fillStyle));
  }

  strokeText(text: string, x: number, y: number): void {
    this.drawText(text, x, y, `fill="none" ${paint('stroke', this.strokeStyle)} stroke-width="${this.lineWidth}"`);
  }

  measureText(text: string): TextMetrics {
    this.measureWith.font = this.font;
    return this.measureWith.measureText(text);
  }

  private aside(draw: () => void): void {
    const { path } = this;
    this.path = [];
    draw();
    this.path = path;
  }

  private drawPath(attributes: string): void {
    if (this.path.length > 0) this.body.push(`<path d="${this.path.join('')}" ${attributes}${this.shared()}/>`);
  }

  private drawText(text: string, x: number, y: number, attributes: string): void {
    const { style, weight, size, family } = parseFont(this.font);
    const [a, b, c, d] = this.matrix;
    const [left, top] = this.apply(x, y + size * (baselines[this.textBaseline] ?? 0));
    const isTurned = a !== 1 || b !== 0 || c !== 0 || d !== 1;
    const place = isTurned
      ? `transform="matrix(${[a, b, c, d, left, top].map(decimal).join(' ')})"`
      : `x="${decimal(left)}" y="${decimal(top)}"`;
    this.body.push(
      `<text ${place} font-family="${escapeXml(family)}" font-size="${size}" font-weight="${weight}" font-style="${style}"` +
        ` text-anchor="${anchors[this.textAlign] ?? 'start'}" ${attributes}${this.shared()}>${escapeXml(text)}</text>`,
    );
  }

  private shared(): string {
    return `${this.globalAlpha < 1 ? ` opacity="${this.globalAlpha}"` : ''}${this.clipAttribute()}`;
  }

  private clipAttribute(): string {
    return this.clipId === null ? '' : ` clip-path="url(#${this.clipId})"`;
  }

  private apply(x: number, y: number): readonly [number, number] {
    const [a, b, c, d, e, f] = this.matrix;
    return [a * x + c * y + e, b * x + d * y + f];
  }

  private place(x: number, y: number): string {
    return this.apply(x, y).map(decimal).join(' ');
  }
}

/** `italic bold 12px Arial, sans-serif`, as a canvas takes it. */
function parseFont(font: string): { style: string; weight: string; size: number; family: string } {
  const [, words = '', size = '10', family = 'sans-serif'] = /^(.*?)([\d.]+)px(?:\/\S+)?\s+(.*)$/.exec(font) ?? [];
  const style = /italic|oblique/.exec(words)?.[0] ?? 'normal';
  const weight = /bold|bolder|lighter|\b\d{3}\b/.exec(words)?.[0] ?? 'normal';
  return { style, weight, size: Number(size), family };
}
