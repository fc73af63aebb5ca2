/**
 * Pictures of a browser (W3C PNG, 8 bits, RGB or RGBA): made smaller without changing a pixel by leaving out the alpha
 * channel, better filters and the best deflate; and compared.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
/** Bytes of a pixel. */
const [RGBA, RGB] = [4, 3];

interface Picture {
  width: number;
  height: number;
  /** Bytes of a pixel here. */
  depth: number;
  pixels: Buffer;
}

function paeth(a: number, b: number, c: number): number {
  const p = a + b - c;
  const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
  if (pa <= pb && pa <= pc) return a;
  return pb <= pc ? b : c;
}

/** What filter `type` foretells for a byte from those left of, above, and left above it. */
function foretold(type: number, left: number, up: number, corner: number): number {
  switch (type) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    default:
      return paeth(left, up, corner);
  }
}

function decode(png: Buffer): Picture {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const [bits, kind, interlaced] = [png[24], png[25], png[28]];
  if (!png.subarray(0, 8).equals(SIGNATURE) || bits !== 8 || (kind !== 6 && kind !== 2) || interlaced !== 0)
    throw new Error('not a PNG as browsers make it');
  const depth = kind === 6 ? RGBA : RGB;
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const raw = inflateSync(Buffer.concat(parts));
  const row = width * depth;
  const pixels = Buffer.alloc(row * height);
  for (let y = 0; y < height; y++) {
    const type = raw[y * (row + 1)]!;
    for (let x = 0; x < row; x++) {
      const at = y * row + x;
      const left = x < depth ? 0 : pixels[at - depth]!;
      const up = y === 0 ? 0 : pixels[at - row]!;
      const corner = x < depth || y === 0 ? 0 : pixels[at - row - depth]!;
      pixels[at] = raw[y * (row + 1) + 1 + x]! + foretold(type, left, up, corner);
    }
  }
  return { width, height, depth, pixels };
}

function withoutAlpha({ width, height, depth, pixels }: Picture): Picture {
  if (depth === RGB) return { width, height, depth, pixels };
  const out = Buffer.alloc(width * height * RGB);
  for (let i = 0; i < width * height; i++) pixels.copy(out, i * RGB, i * RGBA, i * RGBA + RGB);
  return { width, height, depth: RGB, pixels: out };
}

function filtered({ width, height, depth, pixels }: Picture, types: readonly number[]): Buffer {
  const row = width * depth;
  const out = Buffer.alloc((row + 1) * height);
  const line = Buffer.alloc(row);
  for (let y = 0; y < height; y++) {
    let best = Infinity;
    for (const type of types) {
      let sum = 0;
      for (let x = 0; x < row; x++) {
        const at = y * row + x;
        const left = x < depth ? 0 : pixels[at - depth]!;
        const up = y === 0 ? 0 : pixels[at - row]!;
        const corner = x < depth || y === 0 ? 0 : pixels[at - row - depth]!;
        const value = (pixels[at]! - foretold(type, left, up, corner)) & 0xff;
        line[x] = value;
        sum += value < 128 ? value : 256 - value;
      }
      if (sum >= best) continue;
      best = sum;
      out[y * (row + 1)] = type;
      line.copy(out, y * (row + 1) + 1);
    }
  }
  return out;
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const ends = [Buffer.alloc(4), Buffer.alloc(4)] as const;
  ends[0].writeUInt32BE(data.length);
  ends[1].writeUInt32BE(crc32(body));
  return Buffer.concat([ends[0], body, ends[1]]);
}

/** The same opaque picture, in fewer bytes. @throws Error where it is no picture of a browser */
export function smallerPng(png: Buffer): Buffer {
  const picture = withoutAlpha(decode(png));
  const head = Buffer.alloc(13);
  head.writeUInt32BE(picture.width, 0);
  head.writeUInt32BE(picture.height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const ways = [[0], [2], [0, 1, 2, 3, 4]].map((types) =>
    deflateSync(filtered(picture, types), { level: 9, memLevel: 9 }),
  );
  const data = ways.reduce((best, each) => (each.length < best.length ? each : best));
  const small = Buffer.concat([SIGNATURE, chunk('IHDR', head), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
  return small.length < png.length ? small : png;
}

/** How many pixels differ; Infinity where the sizes do. */
export function differingPixels(one: Buffer, other: Buffer): number {
  const [a, b] = [withoutAlpha(decode(one)), withoutAlpha(decode(other))];
  if (a.width !== b.width || a.height !== b.height) return Infinity;
  let count = 0;
  for (let i = 0; i < a.pixels.length; i += RGB) {
    if (a.pixels.compare(b.pixels, i, i + RGB, i, i + RGB) !== 0) count++;
  }
  return count;
}
