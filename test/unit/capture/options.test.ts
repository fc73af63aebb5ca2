import { expect, it } from 'vitest';
import { CaptureError, checkOptions } from '../../../src-main/meter/capture/types.ts';

it('has defaults', () => {
  expect(checkOptions({ interface: 'eth0' })).toEqual({
    interface: 'eth0',
    filter: '',
    snaplen: 262_144,
    promiscuous: true,
    bufferMiB: 64,
  });
});

it.each([
  ['an empty name', { interface: '' }],
  ['a long name', { interface: 'abcdefghijklmnop' }],
  ['a name with a space', { interface: 'eth0 --list' }],
  ['a name with a line end', { interface: 'eth0\n' }],
  ['a filter with a line end', { interface: 'eth0', filter: 'tcp\nport 80' }],
  ['a filter with a NUL', { interface: 'eth0', filter: 'tcp\0' }],
  ['a long filter', { interface: 'eth0', filter: 'ä'.repeat(2049) }],
  ['a snap length of nothing', { interface: 'eth0', snaplen: 0 }],
  ['a snap length beyond packets', { interface: 'eth0', snaplen: 262_145 }],
  ['a snap length that is no number', { interface: 'eth0', snaplen: NaN }],
  ['half a buffer', { interface: 'eth0', bufferMiB: 0.5 }],
  ['a huge buffer', { interface: 'eth0', bufferMiB: 2048 }],
])('refuses %s', (_, options) => {
  expect(() => checkOptions(options)).toThrow(CaptureError);
  expect(() => checkOptions(options)).toThrow(expect.objectContaining({ code: 'bad-option' }));
});
