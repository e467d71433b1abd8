import { describe, expect, it } from 'vitest';
import { faded, sequential } from '../../../dashboard/page/charts/colour.js';
import { toCsv } from '../../../dashboard/page/export/csv.js';
import { decimal, escapeXml, paint } from '../../../dashboard/page/export/xml.js';

describe('a CSV export', () => {
  it('has a head, a line a row and CRLF ends', () => {
    expect(
      toCsv([
        { a: 1, b: 'x' },
        { a: null, b: 'y' },
      ]),
    ).toBe('a,b\r\n1,x\r\n,y\r\n');
  });

  it('quotes commas, quotes and line ends as RFC 4180 has it', () => {
    expect(toCsv([{ a: 'x,y', b: 'say "no"', c: 'one\ntwo' }])).toBe('a,b,c\r\n"x,y","say ""no""","one\ntwo"\r\n');
  });

  it.each(['=1+1', '+1', '-1', '@x', '\tx', '\rx'])('keeps a spreadsheet from running %j', (text) => {
    expect(toCsv([{ a: text }])).toContain(`'${text}`);
  });

  it('writes numbers in full, negative ones too', () => {
    expect(toCsv([{ a: -0.1, b: 1e-9, c: 385_814_752 }])).toBe('a,b,c\r\n-0.1,1e-9,385814752\r\n');
  });
});

describe('an SVG export', () => {
  it('escapes what would end text or an attribute', () => {
    expect(escapeXml('<a href="x">&</a>')).toBe('&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt;');
  });

  it('rounds to a hundredth of a pixel', () => {
    expect([1 / 3, 2.005001, -0.001].map(decimal)).toEqual([0.33, 2.01, -0]);
  });

  it('splits opacity from a colour, whichever way the browser writes it', () => {
    expect(paint('fill', 'transparent')).toBe('fill="none"');
    expect(paint('stroke', '#123456')).toBe('stroke="#123456"');
    expect(paint('fill', 'rgba(1, 2, 3, 0.5)')).toBe('fill="rgb(1, 2, 3)" fill-opacity="0.5"');
    expect(paint('fill', 'color(srgb 1 0.5 0 / 0.25)')).toBe('fill="rgb(255, 128, 0)" fill-opacity="0.25"');
    expect(paint('fill', 'color(srgb 0 0 0)')).toBe('fill="rgb(0, 0, 0)" fill-opacity="1"');
  });
});

describe('colours', () => {
  it('run from dark violet to yellow, and stay within the scale', () => {
    expect(sequential(0)).toBe('rgb(68, 1, 84)');
    expect(sequential(1)).toBe('rgb(253, 231, 37)');
    expect(sequential(0.5)).toBe('rgb(33, 145, 140)');
    expect(sequential(-1)).toBe(sequential(0));
    expect(sequential(2)).toBe(sequential(1));
  });

  it('fade by opacity alone', () => {
    expect(faded('#ff8000', 0.2)).toBe('rgba(255, 128, 0, 0.2)');
  });
});
