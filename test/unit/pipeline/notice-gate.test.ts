import { describe, expect, it } from 'vitest';
import { NoticeGate } from '../../../src-main/run/pipeline/live/notice-gate.ts';

describe('notices that come again and again', () => {
  it('are told five times a minute, each kind for itself, and then how many there were', () => {
    const gate = new NoticeGate();
    const told = Array.from({ length: 1200 }, (_, i) => gate.pass('interface-down', 'It is down.', i));
    expect(told.filter((message) => message !== null)).toEqual(Array.from({ length: 5 }, () => 'It is down.'));
    expect(gate.pass('slept', 'It slept.', 1200)).toBe('It slept.');
    expect(gate.pass('interface-down', 'It is down.', 59_999)).toBeNull();
    expect(gate.pass('interface-down', 'It is down.', 60_000)).toBe(
      'It is down. (1,196 more of this kind came before and were not told.)',
    );
    expect(gate.pass('interface-down', 'It is down.', 60_001)).toBe('It is down.');
  });

  it('of more kinds than there are, are not told', () => {
    const gate = new NoticeGate();
    for (let i = 0; i < 100; i++) expect(gate.pass(`kind ${i}`, 'm', 0)).toBe('m');
    expect(gate.pass('kind 100', 'm', 0)).toBeNull();
  });
});
