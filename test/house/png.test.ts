import { deflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { differingPixels, smallerPng } from '../e2e/png.ts';

const [WIDTH, HEIGHT] = [64, 48];

function chunk(name: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, Buffer.from(name, 'latin1'), data, Buffer.alloc(4)]);
}

/** An RGBA picture, unfiltered. */
function png(colour: (x: number, y: number) => [number, number, number]): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(WIDTH, 0);
  head.writeUInt32BE(HEIGHT, 4);
  head.set([8, 6, 0, 0, 0], 8);
  const rows = Array.from({ length: HEIGHT }, (_, y) =>
    Buffer.from([0, ...Array.from({ length: WIDTH }, (__, x) => [...colour(x, y), 255]).flat()]),
  );
  const data = deflateSync(Buffer.concat(rows), { level: 0 });
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), chunk('IDAT', data)]);
}

it('a picture gets smaller and keeps every pixel', () => {
  const original = png((x, y) => [(x * 3 + y) & 255, (x * y) & 255, y * 5]);
  const small = smallerPng(original);
  expect(small.length).toBeLessThan(original.length / 2);
  expect(differingPixels(small, original)).toBe(0);
  expect(differingPixels(smallerPng(small), original)).toBe(0);
});

it('pixels that differ are counted', () => {
  const one = png((x) => [x, 0, 0]);
  const other = png((x, y) => [x, 0, x === 3 && y < 5 ? 1 : 0]);
  expect(differingPixels(one, smallerPng(other))).toBe(5);
});

it('what is no picture of a browser is refused', () => {
  expect(() => smallerPng(Buffer.alloc(100))).toThrow('not a PNG');
});
