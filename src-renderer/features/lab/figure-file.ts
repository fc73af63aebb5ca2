/** Figures as files: what is drawn, as an SVG that needs no style sheet. */

export interface FigureKey {
  name: string;
  /** A colour as CSS has it. */
  colour: string;
  dash?: string;
}

/** Properties that a style sheet may have set, and what they are without. */
const STYLED: Readonly<Record<string, string>> = {
  fill: 'rgb(0, 0, 0)',
  'fill-opacity': '1',
  stroke: 'none',
  'stroke-width': '1px',
  'stroke-opacity': '1',
  'stroke-dasharray': 'none',
  opacity: '1',
};
const TEXT_STYLED: Readonly<Record<string, string>> = { 'font-size': '', 'font-weight': '400', 'text-anchor': 'start' };
/** Heights of the title, and of the line below it that says which line is which. */
const TITLE = 24;
const NAMES = 20;
const MARGIN = 8;
const NAMESPACE = 'http://www.w3.org/2000/svg';

function inline(from: Element, to: Element): void {
  const style = getComputedStyle(from);
  const wanted = from.tagName === 'text' || from.tagName === 'tspan' ? { ...STYLED, ...TEXT_STYLED } : STYLED;
  for (const [name, usual] of Object.entries(wanted)) {
    const value = style.getPropertyValue(name);
    if (value !== usual) to.setAttribute(name, value);
    else to.removeAttribute(name);
  }
  for (const name of ['class', 'style', 'tabindex', 'role']) to.removeAttribute(name);
  for (const [i, child] of [...from.children].entries()) {
    const copy = to.children[i];
    if (copy) inline(child, copy);
  }
}

function element(name: string, attributes: Readonly<Record<string, string | number>>, text = ''): SVGElement {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.textContent = text;
  return made;
}

/** The title, and which line is which, above the picture. */
function headOf(svg: Element, title: string, keys: readonly FigureKey[]): SVGElement[] {
  const style = getComputedStyle(svg);
  const [text, dim] = ['--text', '--dim'].map((name) => style.getPropertyValue(name).trim());
  const out = [element('text', { x: MARGIN, y: 16, fill: text!, 'font-size': 13, 'font-weight': 600 }, title)];
  let x = MARGIN;
  for (const { name, colour, dash } of keys) {
    const found = /^var\((--[\w-]+)\)$/.exec(colour);
    const stroke = found ? style.getPropertyValue(found[1]!).trim() : colour;
    const line = { x1: x, x2: x + 16, y1: TITLE + 8, y2: TITLE + 8, stroke, 'stroke-width': 2 };
    out.push(element('line', dash === undefined ? line : { ...line, 'stroke-dasharray': dash }));
    out.push(element('text', { x: x + 22, y: TITLE + 12, fill: dim!, 'font-size': 12 }, name));
    x += 22 + name.length * 6.6 + 16;
  }
  return out;
}

export function svgFile(svg: SVGSVGElement, title: string, keys: readonly FigureKey[]): string {
  const { width, height } = svg.getBoundingClientRect();
  const copy = svg.cloneNode(true) as SVGSVGElement;
  inline(svg, copy);
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  const head = keys.length > 0 ? TITLE + NAMES : TITLE;
  copy.setAttribute('y', String(head));
  const style = getComputedStyle(svg);
  const size = { width, height: height + head };
  const whole = element('svg', { xmlns: NAMESPACE, ...size, viewBox: `0 0 ${width} ${height + head}` });
  whole.setAttribute('font-family', "Inter, 'Helvetica Neue', Arial, sans-serif");
  whole.append(element('rect', { ...size, fill: style.getPropertyValue('--surface').trim() }));
  whole.append(...headOf(svg, title, keys), copy);
  return `${new XMLSerializer().serializeToString(whole)}\n`;
}
