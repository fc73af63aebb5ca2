/**
 * `node scripts/icons.mjs`: every icon of the packages from the drawings in `resources/icons/*.svg`, with Debian's
 * chromium. The same drawings and the same chromium give the same bytes; run it after a drawing has changed.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { icns, ico } from './lib/icon-files.mjs';
import { ROOT } from './lib/project.mjs';
import { runMain, say, SetupError } from './lib/say.mjs';

const CHROMIUM = '/usr/bin/chromium';
const FOLDER = join(ROOT, 'resources', 'icons');
const SIZES = [16, 24, 32, 48, 64, 128, 256, 512, 1024];
/** Drawn anew, with strokes on the pixel grid, up to this size. */
const SMALL = 32;
const ICO = [16, 24, 32, 48, 64, 128, 256];
/** An icon of macOS leaves a tenth of its side free all round. */
const MAC_MARGIN = 100 / 1024;

/** @typedef {import('playwright-core').Page} Page */

await runMain(async () => {
  if (!existsSync(CHROMIUM)) throw new SetupError('chromium is not installed: apt-get install chromium', 3);
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--force-color-profile=srgb'],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1024, height: 1024 }, deviceScaleFactor: 1 });
    const written = await drawAll(page);
    say(`wrote ${written} files to resources/icons`);
  } finally {
    await browser.close();
  }
});

/** @param {Page} page */
async function drawAll(page) {
  const icon = await drawSizes(page, 'icon', 0);
  const macIcon = await drawSizes(page, 'icon', MAC_MARGIN);
  const document = await drawSizes(page, 'document', 0);
  const pictures = (/** @type {Map<number, Buffer>} */ all) => ICO.map((size) => ({ size, png: of(all, size) }));
  const files = /** @type {[string, Buffer][]} */ ([
    ...SIZES.map((size) => [join('linux', `${size}x${size}.png`), of(icon, size)]),
    ...[16, 32, 48, 256].map((size) => [join('mime', `${size}x${size}.png`), of(document, size)]),
    ['icon.png', of(icon, 512)],
    ['icon.ico', ico(pictures(icon))],
    ['icon.icns', icns((size) => of(macIcon, size))],
    ['document.ico', ico(pictures(document))],
    ['document.icns', icns((size) => of(document, size))],
    ...(await drawTray(page, of(icon, 24), of(icon, 48))),
  ]);
  for (const [name, content] of files) write(name, content);
  return files.length;
}

/**
 * `tray.png` stands on light and dark panels alike; the others are the mark alone: Template for macOS, which colours
 * it, light for dark panels and dark for light ones.
 * @param {Page} page
 * @param {Buffer} tile
 * @param {Buffer} tile2x
 */
async function drawTray(page, tile, tile2x) {
  const svg = readFileSync(join(FOLDER, 'tray.svg'), 'utf8');
  const files = /** @type {[string, Buffer][]} */ ([
    ['tray.png', tile],
    ['tray@2x.png', tile2x],
  ]);
  const kinds = /** @type {const} */ ([
    ['trayTemplate', '#000000', 16],
    ['tray-light', '#ffffff', 24],
    ['tray-dark', '#17202b', 24],
  ]);
  for (const [name, colour, size] of kinds) {
    const coloured = svg.replace('color="#000000"', `color="${colour}"`);
    files.push([`${name}.png`, await draw(page, coloured, size, 0)]);
    files.push([`${name}@2x.png`, await draw(page, coloured, size * 2, 0)]);
  }
  return files;
}

/**
 * @param {Page} page
 * @param {string} name
 * @param {number} margin of the side
 */
async function drawSizes(page, name, margin) {
  const drawn = /** @type {Map<number, Buffer>} */ (new Map());
  for (const size of SIZES) {
    const file = join(FOLDER, size <= SMALL ? `${name}-small.svg` : `${name}.svg`);
    drawn.set(size, await draw(page, readFileSync(file, 'utf8'), size, size <= SMALL ? 0 : margin));
  }
  return drawn;
}

/**
 * @param {Page} page
 * @param {string} svg
 * @param {number} size in pixels
 * @param {number} margin of the side
 */
async function draw(page, svg, size, margin) {
  const inner = size * (1 - 2 * margin);
  const style = `position:absolute;left:${size * margin}px;top:${size * margin}px;width:${inner}px;height:${inner}px`;
  await page.setContent(`<body style="margin:0">${svg.replace('<svg ', `<svg style="${style}" `)}</body>`);
  return page.screenshot({ omitBackground: true, clip: { x: 0, y: 0, width: size, height: size } });
}

/**
 * @param {Map<number, Buffer>} all
 * @param {number} size
 */
function of(all, size) {
  const png = all.get(size);
  if (png === undefined) throw new Error(`nothing was drawn at ${size} pixels`);
  return png;
}

/**
 * @param {string} name
 * @param {Buffer} content
 */
function write(name, content) {
  const file = join(FOLDER, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, content);
}
