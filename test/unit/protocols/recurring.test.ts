import { describe, expect, it } from 'vitest';
import { macText } from '../../../src-main/meter/protocols/mac.ts';
import { Recurring } from '../../../src-main/meter/protocols/recurring.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));

describe('texts that recur', () => {
  it('are made once for the same bytes', () => {
    let made = 0;
    const texts = new Recurring((raw) => {
      made++;
      return raw.toUpperCase();
    });
    const data = bytes('..www.example.test..www.example.test');
    expect(texts.get(data, 2, 18)).toBe('WWW.EXAMPLE.TEST');
    expect(texts.get(data, 20, 36)).toBe('WWW.EXAMPLE.TEST');
    expect(made).toBe(1);
  });

  it('are told apart whatever place they share', () => {
    const texts = new Recurring((raw) => raw);
    for (let round = 0; round < 2; round++)
      for (let i = 0; i < 20_000; i++) {
        const name = `host-${i}.${'x'.repeat(i % 70)}`;
        expect(texts.get(bytes(name), 0, name.length)).toBe(name);
      }
  });

  it('are told apart where only bytes differ that the hash of long ones leaves out', () => {
    const texts = new Recurring((raw) => raw);
    for (let i = 0; i < 60; i++) {
      const name = `${'a'.repeat(i)}b${'a'.repeat(59 - i)}`;
      expect(texts.get(bytes(name), 0, 60)).toBe(name);
    }
  });

  it('are handed bytes above 127, none, and more than are kept', () => {
    const texts = new Recurring((raw) => `<${raw}>`);
    expect(texts.get(Uint8Array.of(0xff, 0, 0xe4), 0, 3)).toBe('<\u00ff\u0000\u00e4>');
    expect(texts.get(bytes('abc'), 1, 1)).toBe('<>');
    expect(texts.get(bytes('y'.repeat(900)), 0, 900)).toBe(`<${'y'.repeat(900)}>`);
  });
});

describe('MAC addresses', () => {
  it('are written the same however many came between', () => {
    const written = (mac: number): string =>
      mac
        .toString(16)
        .padStart(12, '0')
        .replaceAll(/(..)(?=.)/g, '$1:');
    for (let round = 0; round < 2; round++)
      for (let i = 1; i < 9000; i++) {
        const mac = (i * 0x2545f4914f6c) % 0x1000000000000;
        expect(macText(mac)).toBe(written(mac));
      }
    expect(macText(0)).toBe('');
    expect(macText(0xffffffffffff)).toBe('ff:ff:ff:ff:ff:ff');
  });
});
