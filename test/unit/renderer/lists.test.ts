import { describe, expect, it, vi } from 'vitest';
import { detailText, objectText } from '../../../src-renderer/features/audit/words.ts';
import { FLOW_COLUMNS } from '../../../src-renderer/features/flows/columns.ts';
import {
  heldWidth,
  LEAST_WIDTH,
  MOST_WIDTH,
  readWidths,
  widened,
} from '../../../src-renderer/features/flows/use-widths.ts';
import { historyText, portText, stateText } from '../../../src-renderer/features/flows/words.ts';
import { PageStack, type ListPage } from '../../../src-renderer/lib/page-stack.ts';
import { FOCUSED, KEYS } from '../../../src-renderer/lib/key-catalogue.ts';
import { deviceReasons, deviceText, rolesText } from '../../../src-renderer/lib/known.ts';
import { LetterKeys } from '../../../src-renderer/lib/letter-keys.ts';
import { measured } from '../../../src-renderer/lib/numbers.ts';
import { CONN_STATE_CLASSES } from '../../../src-shared/features/catalogue.ts';

describe('a list that comes page by page', () => {
  /** Ten rows, four a page. */
  const load = vi.fn(async ({ cursor }: { cursor?: string }): Promise<ListPage<number>> => {
    const from = Number(cursor ?? 0);
    const rows = Array.from({ length: Math.min(4, 10 - from) }, (_, i) => from + i);
    return Promise.resolve({ rows, total: 10, next: from + 4 < 10 ? String(from + 4) : null });
  });

  it('asks for one page more, not for those that are there', async () => {
    load.mockClear();
    const stack = new PageStack<number>();
    expect(await stack.read('a', 1, load)).toEqual({ rows: [0, 1, 2, 3], total: 10, next: '4' });
    expect((await stack.read('a', 2, load)).rows).toHaveLength(8);
    expect(await stack.read('a', 3, load)).toEqual({ rows: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], total: 10, next: null });
    expect(load.mock.calls.map(([at]) => at.cursor)).toEqual([undefined, '4', '8']);
  });

  it('asks anew for all of them when something changed or the question is another', async () => {
    load.mockClear();
    const stack = new PageStack<number>();
    await stack.read('a', 1, load);
    await stack.read('a', 2, load);
    await stack.read('a', 2, load);
    expect(load).toHaveBeenCalledTimes(4);
    await stack.read('b', 2, load);
    expect(load).toHaveBeenCalledTimes(6);
  });

  it('ends where the list ends', async () => {
    load.mockClear();
    expect((await new PageStack<number>().read('a', 9, load)).rows).toHaveLength(10);
    expect(load).toHaveBeenCalledTimes(3);
  });
});

describe('widths of columns', () => {
  it('are read as stored, held to what can be used, and never of a column that is not there', () => {
    expect(readWidths('{"ts": 240.4, "score": 4, "nothing": 90, "app": "wide"}')).toEqual({
      ts: 240,
      score: LEAST_WIDTH,
    });
    for (const text of [null, '', 'no JSON', '[]', 'null', '7']) expect(readWidths(text)).toEqual({});
    expect(heldWidth(10_000)).toBe(MOST_WIDTH);
  });

  it('change only the columns that are wider', () => {
    const byId = widened({ ts: 300 });
    expect(byId.get('ts')?.width).toBe(300);
    const others = FLOW_COLUMNS.filter(({ id }) => id !== 'ts');
    for (const column of others) expect(byId.get(column.id)).toBe(column);
  });
});

describe("Zeek's codes in words", () => {
  it('knows every state', () => {
    for (const state of CONN_STATE_CLASSES) expect(stateText(state)).toMatch(new RegExp(`^${state}: .{10,}`));
    expect(stateText('?')).toBe('?');
  });

  it('says who did what in a history', () => {
    expect(historyText('ShADadFf')).toBe(
      'originator: SYN; responder: SYN with ACK; originator: bare ACK, data; responder: bare ACK, data; originator: FIN; responder: FIN',
    );
    expect(historyText('^d')).toBe('direction turned round; responder: data');
    expect(historyText('')).toBe('');
  });

  it('does not call the types of ICMP ports', () => {
    expect(portText('tcp', 22)).toBe('22');
    expect(portText('icmp', 8)).toBe('ICMP type 8, echo (ping)');
    expect(portText('icmp', 0)).toBe('ICMP type or code 0');
  });
});

describe('entries of the audit log', () => {
  it('tell settings in words', () => {
    expect(objectText('settings', 'timeZone, budget')).toBe('time zone, alarm budget');
    expect(detailText('settings', '{"timeZone":"UTC","budget":null}')).toBe('UTC; as usual');
    expect(detailText('settings', '{"networks":["10.0.0.0/8"],"devices":[],"tourSeen":true}')).toBe(
      '10.0.0.0/8; none; yes',
    );
  });

  it('leave what was cut or is no JSON as it is', () => {
    expect(detailText('settings', '{"networks":["10.0')).toBe('{"networks":["10.0');
    expect(detailText('status', '{"a":1}')).toBe('{"a":1}');
  });
});

describe('single keys', () => {
  const store = (): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> => {
    const kept = new Map<string, string>();
    return {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    };
  };

  it('are on until turned off, and stay off in this browser', () => {
    const kept = store();
    const keys = new LetterKeys(kept);
    const heard = vi.fn();
    keys.subscribe(heard);
    expect(keys.current()).toBe(true);
    keys.set(false);
    expect(heard).toHaveBeenCalledOnce();
    expect(new LetterKeys(kept).current()).toBe(false);
    keys.set(true);
    expect(new LetterKeys(kept).current()).toBe(true);
  });

  it('are single printable keys in the catalogue, those of what has the focus are listed apart', () => {
    for (const { keys } of Object.values(KEYS)) expect(keys).toHaveLength(1);
    expect(FOCUSED.flatMap(({ keys }) => keys).every(({ label }) => label !== '')).toBe(true);
  });
});

describe('words beside numbers', () => {
  it.each([
    [1, 'ports', '1 port'],
    [2, 'ports', '2 ports'],
    [1, 'queries', '1 query'],
    [1, 'addresses', '1 address'],
    [1, 's', '1 s'],
    [1, 'logins/min', '1 logins/min'],
    [1, '', '1'],
  ])('%d %s: %s', (value, unit, text) => expect(measured(value, unit)).toBe(text));

  it('name a server once', () => {
    expect(rolesText(null, ['client', 'server', 'dns-server', 'domain-controller'])).toBe(
      'client, DNS server, domain controller',
    );
    expect(rolesText(null, ['server'])).toBe('server');
    expect(rolesText({ name: 'x', role: 'Camera' }, ['client'])).toBe('Camera, client');
  });

  it('tell what a host is taken for, how surely and why', () => {
    const camera = { kind: 'camera' as const, confidence: 0.85, why: ['answers RTSP', 'calls itself “door”'] };
    expect(deviceText(camera)).toBe('Camera');
    expect(deviceReasons(camera)).toBe('Camera (85 % sure): answers RTSP; calls itself “door”');
    const unknown = { kind: 'unknown' as const, confidence: 0, why: ['its card is made by Realtek'] };
    expect([deviceText(unknown), deviceText(null)]).toEqual(['', '']);
    expect(deviceReasons(unknown)).toBe('not known, what was seen does not suffice: its card is made by Realtek');
    expect(deviceReasons({ ...unknown, why: [] })).toBe('not known');
  });
});
