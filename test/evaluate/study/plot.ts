/**
 * Pictures as SVG text: axes, lines, dots, bars. Every picture paints its own ground and takes its colours from the reader's light
 * or dark scheme; what a line is can be told from its dashes too.
 */

/** Colours of up to six methods, in light and in dark; contrast of at least 3 : 1 with the ground. */
const LIGHT = ['#0b62b5', '#b3460b', '#0a7a4f', '#8a3fa0', '#8a6a00', '#b0235f'];
const DARK = ['#6db6ff', '#ff9d5c', '#4fd6a0', '#d39bea', '#e6c34a', '#ff86b3'];
const DASHES = ['', '7 4', '2 3', '10 3 2 3', '4 2', '1 4'];
export const MOST_LINES = LIGHT.length;

const style = (ground: string, ink: string, dim: string, grid: string, colours: readonly string[]): string =>
  `.g{fill:${ground}}text{fill:${ink}}.o{stroke:${ground}}.d{fill:${dim}}.a{stroke:${dim}}.r{stroke:${grid}}` +
  colours.map((colour, i) => `.l${i}{stroke:${colour}}.f${i}{fill:${colour}}`).join('');

const STYLE =
  `text{font:12px system-ui,sans-serif}.h{font-size:14px;font-weight:600}.a,.r{stroke-width:1;fill:none}.l{fill:none;stroke-width:1.8}` +
  `.o{stroke-width:4;paint-order:stroke;stroke-linejoin:round}.b{stroke:none;fill-opacity:.16}.bar{stroke:none;fill-opacity:.75}` +
  style('#ffffff', '#1b2430', '#56606d', '#e1e5ea', LIGHT) +
  `@media(prefers-color-scheme:dark){${style('#12171e', '#e6ebf1', '#9aa6b4', '#2b333d', DARK)}}`;

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A place, to a tenth of a unit. */
const at = (value: number): string => String(Math.round(value * 10) / 10);

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Scale {
  /** Place in the picture. */
  place(value: number): number;
  ticks: readonly { value: number; text: string }[];
}

export function linear(from: number, to: number, start: number, end: number, ticks: Scale['ticks']): Scale {
  const place = (value: number): number => start + ((value - from) / (to - from || 1)) * (end - start);
  return { place, ticks };
}

/** Orders of magnitude; what is below `from` stands at its place. */
export function logarithmic(from: number, to: number, start: number, end: number, ticks: Scale['ticks']): Scale {
  const least = Math.log10(from);
  const span = Math.log10(to) - least || 1;
  const place = (value: number): number => start + ((Math.log10(Math.max(from, value)) - least) / span) * (end - start);
  return { place, ticks };
}

export const SHARES: Scale['ticks'] = [0, 0.2, 0.4, 0.6, 0.8, 1].map((value) => ({ value, text: value.toFixed(1) }));

export interface Picture {
  title: string;
  /** What it shows, with its main figures: the text in its place. */
  alt: string;
  width: number;
  height: number;
  parts: readonly string[];
}

export function svg({ title, alt, width, height, parts }: Picture): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="t d">\n` +
    `<title id="t">${escaped(title)}</title>\n<desc id="d">${escaped(alt)}</desc>\n<style>${STYLE}</style>\n` +
    `<rect class="g" width="${width}" height="${height}" rx="6"/>\n${label(16, 20, title, 'start', 'h')}\n${parts.join('\n')}\n</svg>\n`
  );
}

type Anchor = 'start' | 'middle' | 'end';

export function label(x: number, y: number, text: string, anchor: Anchor = 'start', className = ''): string {
  const named = className === '' ? '' : ` class="${className}"`;
  return `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}"${named}>${escaped(text)}</text>`;
}

/** Frame, lines at the ticks, their texts, and what the axes are. */
export function axes(box: Box, across: Scale, up: Scale, names: { across: string; up: string }): string[] {
  const { x, y, width, height } = box;
  const bottom = y + height;
  return [
    ...across.ticks.flatMap(({ value, text }) => {
      const place = across.place(value);
      return [`<path class="r" d="M${at(place)} ${y}V${bottom}"/>`, label(place, bottom + 16, text, 'middle', 'd')];
    }),
    ...up.ticks.flatMap(({ value, text }) => {
      const place = up.place(value);
      return [`<path class="r" d="M${x} ${at(place)}H${x + width}"/>`, label(x - 6, place + 4, text, 'end', 'd')];
    }),
    `<path class="a" d="M${x} ${y}V${bottom}H${x + width}"/>`,
    label(x + width / 2, bottom + 34, names.across, 'middle'),
    label(x, y - 8, names.up),
  ];
}

export type Point = readonly [x: number, y: number];

const path = (points: readonly Point[]): string =>
  points.map(([x, y], i) => `${i ? 'L' : 'M'}${at(x)} ${at(y)}`).join('');

export function line(points: readonly Point[], which: number): string {
  const dash = DASHES[which]! === '' ? '' : ` stroke-dasharray="${DASHES[which]}"`;
  return `<path class="l l${which}"${dash} d="${path(points)}"/>`;
}

/** Between two lines of as many points. */
export function band(low: readonly Point[], high: readonly Point[], which: number): string {
  return `<path class="b f${which}" d="${path([...low, ...[...high].reverse()])}Z"/>`;
}

/** A mark in the colour of `which`, and of a form of its own: round, square, pointed up, on its corner. */
export function dot(x: number, y: number, which: number, radius = 4): string {
  const r = radius;
  const forms: readonly string[] = [
    `M${at(x - r)} ${at(y)}a${r} ${r} 0 1 1 ${2 * r} 0a${r} ${r} 0 1 1 ${-2 * r} 0`,
    `M${at(x - r)} ${at(y - r)}h${2 * r}v${2 * r}h${-2 * r}z`,
    `M${at(x)} ${at(y - r - 1)}l${r + 1} ${2 * r}h${-2 * r - 2}z`,
    `M${at(x)} ${at(y - r - 1)}l${r + 1} ${r + 1}l${-r - 1} ${r + 1}l${-r - 1} ${-r - 1}z`,
  ];
  return `<path class="f${which}" d="${forms[which % forms.length]}"/>`;
}

export function whisker(from: number, to: number, y: number, which: number): string {
  return `<path class="l l${which}" d="M${at(from)} ${at(y)}H${at(to)}M${at(from)} ${at(y - 3)}v6M${at(to)} ${at(y - 3)}v6"/>`;
}

export function bar(x: number, y: number, width: number, height: number, which: number): string {
  return `<rect class="bar f${which}" x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}"/>`;
}

/** Which line is which, below one another. */
export function legend(x: number, y: number, names: readonly string[]): string[] {
  return names.flatMap((name, i) => [
    line(
      [
        [x, y + i * 18 - 4],
        [x + 28, y + i * 18 - 4],
      ],
      i,
    ),
    label(x + 36, y + i * 18, name),
  ]);
}
