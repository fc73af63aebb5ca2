/** Where a packet stands in its flow, and flags of flows, hosts and pairs. */
import type { Scene } from '../../flow/scene.ts';
import { isFragment } from '../../flow/packet.ts';
import type { Draft } from '../draft.ts';
import { RuleFault } from '../fault.ts';
import { numberTest, wholeOf, type NumberTest } from '../numbers.ts';
import { appsOf } from '../protocols.ts';
import { listOf } from '../tokens.ts';
import type { SceneEffect, SceneTest } from '../rule.ts';
import type { Keyword, KeywordTable } from './types.ts';

const flow: Keyword = (draft, value, name) => {
  for (const word of listOf(value ?? '')) flowWord(draft, word.toLowerCase(), name);
};

const isEstablished: SceneTest = (s) => s.flow?.established === true;

function flowWord(draft: Draft, word: string, name: string): void {
  if (word === 'to_server' || word === 'toserver' || word === 'from_client' || word === 'fromclient') direct(draft, 0);
  else if (word === 'to_client' || word === 'toclient' || word === 'from_server' || word === 'fromserver')
    direct(draft, 1);
  else if (word === 'established') draft.state.push(isEstablished);
  else if (word === 'not_established') draft.state.push((s) => !isEstablished(s));
  else if (word === 'only_stream' || word === 'onlystream') draft.onStreams = 'only';
  else if (word === 'no_stream' || word === 'nostream') draft.onStreams = 'never';
  else if (word === 'only_frag') draft.packet.push(isFragment);
  else if (word === 'no_frag') draft.state.push((s) => s.row < 0 || !isFragment(s));
  else if (word !== 'stateless') throw new RuleFault(name, `“${word.slice(0, 40)}” is not known`);
}

function direct(draft: Draft, direction: 0 | 1): void {
  if (draft.direction !== undefined && draft.direction !== direction)
    throw new RuleFault('flow', 'asks for both directions');
  draft.direction = direction;
}

const FLAG_NAME = /^[\w.:/-][\w .:/-]{0,254}$/;

function flagNames(keyword: string, text: string | undefined): string[] {
  const names = (text ?? '').split('|').map((part) => part.trim());
  for (const one of names)
    if (!FLAG_NAME.test(one)) throw new RuleFault(keyword, `“${one.slice(0, 40)}” is no name of a flag`);
  return names;
}

const flowbits: Keyword = (draft, value, name) => {
  const [command = '', text] = listOf(value ?? '');
  if (command === 'noalert') {
    draft.silent = true;
    return;
  }
  const names = flagNames(name, text);
  if (command === 'isset') test(draft, (s) => names.some((one) => s.flow?.hasBit(one) === true));
  else if (command === 'isnotset') test(draft, (s) => s.flow !== null && names.some((one) => !s.flow?.hasBit(one)));
  else if (command === 'set') effect(draft, (s) => names.forEach((one) => s.flow?.setBit(one)));
  else if (command === 'unset') effect(draft, (s) => names.forEach((one) => s.flow?.unsetBit(one)));
  else if (command === 'toggle') effect(draft, (s) => names.forEach((one) => toggle(s, one)));
  else throw new RuleFault(name, `“${command.slice(0, 40)}” is not known`);
};

function toggle(s: Scene, name: string): void {
  if (!s.flow?.unsetBit(name)) s.flow?.setBit(name);
}

function test(draft: Draft, holds: SceneTest): void {
  draft.readsFlags = true;
  draft.flagTests++;
  draft.state.push(holds);
}

function effect(draft: Draft, does: SceneEffect): void {
  draft.setsFlags = true;
  draft.effects.push(does);
}

const COMPARE: ReadonlyMap<string, string> = new Map([
  ['<', '<'],
  ['lt', '<'],
  ['<=', '<='],
  ['lte', '<='],
  ['>', '>'],
  ['gt', '>'],
  ['>=', '>='],
  ['gte', '>='],
  ['==', '='],
  ['eq', '='],
  ['!=', '!='],
  ['ne', '!='],
  ['neq', '!='],
]);

const flowint: Keyword = (draft, value, name) => {
  const [variable = '', command = '', text] = listOf(value ?? '');
  flagNames(name, variable);
  const word = command.toLowerCase();
  const get = (s: Scene): number | undefined => s.flow?.intOf(variable);
  if (word === 'isset') return test(draft, (s) => get(s) !== undefined);
  if (word === 'isnotset' || word === 'notset') return test(draft, (s) => s.flow !== null && get(s) === undefined);
  if (text === undefined) throw new RuleFault(name, 'needs a number');
  const number = /^\d/.test(text) ? wholeOf(name, text) : undefined;
  const other = number === undefined ? flagNames(name, text)[0]! : '';
  const operand = (s: Scene): number => number ?? s.flow?.intOf(other) ?? NaN;
  const sign = COMPARE.get(word);
  if (sign !== undefined) return test(draft, (s) => compare(sign, get(s) ?? NaN, operand(s)));
  if (word !== '=' && word !== '+' && word !== '-') throw new RuleFault(name, `“${command.slice(0, 40)}” is not known`);
  effect(draft, (s) => {
    const by = operand(s);
    const was = get(s) ?? 0;
    const now = word === '=' ? by : word === '+' ? was + by : Math.max(0, was - by);
    if (!Number.isNaN(now)) s.flow?.setInt(variable, now);
  });
};

function compare(sign: string, a: number, b: number): boolean {
  if (sign === '<') return a < b;
  if (sign === '<=') return a <= b;
  if (sign === '>') return a > b;
  if (sign === '>=') return a >= b;
  if (sign === '=') return a === b;
  return !Number.isNaN(a) && a !== b;
}

function addressKey(words: Uint32Array, at: number): string {
  return `${words[at]}.${words[at + 1]}.${words[at + 2]}.${words[at + 3]}`;
}

/** Key of a flag by whom it belongs to. */
function tracker(keyword: string, track: string): (s: Scene, name: string) => string {
  const src = (s: Scene): string => addressKey(s.src, s.srcAt);
  const dst = (s: Scene): string => addressKey(s.dst, s.dstAt);
  switch (track) {
    case 'ip_src':
      return (s, name) => `h ${src(s)} ${name}`;
    case 'ip_dst':
      return (s, name) => `h ${dst(s)} ${name}`;
    case 'ip_pair':
      return (s, name) => `p ${[src(s), dst(s)].sort().join(' ')} ${name}`;
    default:
      throw new RuleFault(keyword, `tracking by “${track.slice(0, 40)}” is not known`);
  }
}

const xbits: Keyword = (draft, value, name) => {
  const [command = '', text, ...rest] = listOf(value ?? '');
  if (command === 'noalert') {
    draft.silent = true;
    return;
  }
  const [flag] = flagNames(name, text);
  const words = new Map(rest.map((part) => part.split(/\s+/) as [string, string]));
  const key = tracker(name, words.get('track') ?? '');
  const expire = words.get('expire');
  bits(draft, name, command, (s) => key(s, flag!), expire === undefined ? undefined : wholeOf(name, expire));
};

const hostbits: Keyword = (draft, value, name) => {
  const [command = '', text, who = 'src'] = listOf(value ?? '');
  if (command === 'noalert') {
    draft.silent = true;
    return;
  }
  const [flag] = flagNames(name, text);
  if (who !== 'src' && who !== 'dst') throw new RuleFault(name, `“${who.slice(0, 40)}” is not known`);
  const key = tracker(name, `ip_${who}`);
  bits(draft, name, command, (s) => key(s, flag!), undefined);
};

function bits(
  draft: Draft,
  name: string,
  command: string,
  key: (s: Scene) => string,
  seconds: number | undefined,
): void {
  if (command === 'isset') test(draft, (s) => s.shared.has(key(s), s.now));
  else if (command === 'isnotset') test(draft, (s) => !s.shared.has(key(s), s.now));
  else if (command === 'set') effect(draft, (s) => s.shared.set(key(s), s.now, seconds));
  else if (command === 'unset') effect(draft, (s) => s.shared.unset(key(s)));
  else if (command === 'toggle')
    effect(draft, (s) => (s.shared.has(key(s), s.now) ? s.shared.unset(key(s)) : s.shared.set(key(s), s.now, seconds)));
  else throw new RuleFault(name, `“${command.slice(0, 40)}” is not known`);
}

/** A flow has one protocol here, whichever side it was seen on; `original`: the first that it had. */
const MODES = ['exact', 'final', 'either', 'original', 'to_server', 'to_client', 'direction'];

const appProtocol: Keyword = (draft, value, name) => {
  const [word = '', ...rest] = listOf((value ?? '').toLowerCase());
  const negated = word.startsWith('!');
  const wanted = negated ? word.slice(1) : word;
  const exact = rest.includes('exact');
  const unknown = rest.find((one) => !MODES.includes(one));
  if (unknown !== undefined) throw new RuleFault(name, `“${unknown.slice(0, 40)}” is not known`);
  const apps = exact ? [wanted] : appsOf(wanted);
  draft.onlyProtocol = true;
  draft.state.push((s) => {
    const { flow: one } = s;
    if (!one) return false;
    if (wanted === 'unknown') return !negated && one.protocols.length === 0 && !one.unknown;
    if (one.protocols.length === 0 && !one.unknown) return false;
    if (wanted === 'failed') return (one.protocols.length === 0) !== negated;
    return apps.includes(rest.includes('original') ? (one.protocols[0] ?? '') : one.protocol) !== negated;
  });
};

/** `bytes` and `packets` of a flow, by direction. */
function counted(read: (s: Scene) => readonly number[]): Keyword {
  return (draft, value, name) => {
    const [, only, rest] = /^(?:(toserver|to_server|toclient|to_client|either)\s*,\s*)?(.*)$/.exec(value ?? '')!;
    const suffix = /_(toserver|toclient)$/.exec(name)?.[1];
    const which = (suffix ?? only ?? 'either').replace('_', '');
    const holds: NumberTest = numberTest(name, rest ?? '');
    draft.state.push((s) => {
      const both = read(s);
      if (both.length === 0) return false;
      if (which === 'toserver') return holds(both[0]!);
      if (which === 'toclient') return holds(both[1]!);
      return holds(both[0]!) || holds(both[1]!);
    });
  };
}

const flowPackets = counted((s) => s.flow?.packets ?? []);
const flowBytes = counted((s) => s.flow?.bytes ?? []);

const age: Keyword = (draft, value, name) => {
  const holds = numberTest(name, value ?? '');
  draft.state.push((s) => s.flow !== null && holds(Math.floor(s.now - s.flow.began)));
};

const streamSize: Keyword = (draft, value, name) => {
  const [who = '', sign = '', size = ''] = listOf(value ?? '');
  const holds = numberTest(name, `${sign === '=' ? '' : sign}${size}`);
  if (!['server', 'client', 'both', 'either'].includes(who))
    throw new RuleFault(name, `“${who.slice(0, 40)}” is not known`);
  draft.streamSize = true;
  draft.state.push((s) => {
    const sides = s.flow?.sides;
    if (!sides) return false;
    const [client, server] = [holds(sides[0].highest), holds(sides[1].highest)];
    if (who === 'both') return client && server;
    if (who === 'either') return client || server;
    return who === 'client' ? client : server;
  });
};

export const FLOW_KEYWORDS: KeywordTable = [
  ['flow', flow],
  ['flowbits', flowbits],
  ['flowint', flowint],
  ['xbits', xbits],
  ['hostbits', hostbits],
  ['app-layer-protocol', appProtocol],
  ['flow.pkts', flowPackets],
  ['flow.pkts_toserver', flowPackets],
  ['flow.pkts_toclient', flowPackets],
  ['flow.bytes', flowBytes],
  ['flow.bytes_toserver', flowBytes],
  ['flow.bytes_toclient', flowBytes],
  ['flow.age', age],
  ['stream_size', streamSize],
];
