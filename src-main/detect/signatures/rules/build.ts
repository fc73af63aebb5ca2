/** A draft to a rule: what brings it up, and by which bytes it is found. */
import type { Direction } from '../app/types.ts';
import { Content } from '../content/content.ts';
import type { Check } from '../content/run.ts';
import { framedProtocol } from '../app/frames.ts';
import { addressTest, portTest } from './addresses.ts';
import type { BufferDraft, Draft } from './draft.ts';
import { RuleFault } from './fault.ts';
import type { Variables } from './groups.ts';
import { protocolOf, type RuleProtocol } from './protocols.ts';
import type { Action, BufferTest, FastPattern, PacketBufferTest, Rule, Trigger } from './rule.ts';
import type { RuleTokens } from './tokens.ts';

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['alert', 'alert'],
  ['pass', 'pass'],
  ['drop', 'drop'],
  ['reject', 'reject'],
  ['rejectsrc', 'reject'],
  ['rejectdst', 'reject'],
  ['rejectboth', 'reject'],
]);

const ARROWS: ReadonlySet<string> = new Set(['->', '<>', '=>']);

export interface RulePlace {
  file: string;
  /** Of its first line, from 1. */
  line: number;
}

/** @throws RuleFault */
export function buildRule(tokens: RuleTokens, draft: Draft, place: RulePlace, variables: Variables): Rule {
  const action = ACTIONS.get(tokens.action.toLowerCase());
  if (!action) throw new RuleFault('rule', `the action ${tokens.action.slice(0, 40)} is not known`);
  if (!ARROWS.has(tokens.arrow)) throw new RuleFault('rule', `${tokens.arrow.slice(0, 10)} is no direction`);
  if (draft.sid === 0) throw new RuleFault('sid', 'the rule has none');
  draft.settle();
  const protocol = protocolOf(tokens.protocol);
  const source = addressTest(tokens.source, variables);
  const destination = addressTest(tokens.destination, variables);
  const sourcePorts = portTest(tokens.sourcePorts, variables);
  const destinationPorts = portTest(tokens.destinationPorts, variables);
  const buffers = draft.buffers.filter((b) => !b.read);
  checkBuffers(buffers);
  checkFrames(draft, buffers, tokens.arrow === '=>');
  const direction = directionOf(draft, protocol);
  const trigger = triggerOf(draft, protocol, sourcePorts === null && destinationPorts === null);
  return {
    order: 0,
    ...place,
    action,
    gid: draft.gid,
    sid: draft.sid,
    rev: draft.rev,
    message: draft.message,
    classtype: draft.classtype,
    priority: draft.priority ?? 3,
    references: exact(draft.references),
    metadata: exact(draft.metadata),
    protocol,
    source: source.test,
    destination: destination.test,
    sourcePorts,
    destinationPorts,
    portsText: `${tokens.sourcePorts} ${tokens.destinationPorts}`,
    bothWays: tokens.arrow === '<>',
    wholeTransaction: tokens.arrow === '=>',
    direction,
    packet: exact(draft.packet),
    state: exact(draft.state),
    effects: exact(draft.effects),
    payload: exact(draft.payload.checks),
    packetBuffers: exact(
      draft.buffers.flatMap(({ read, transforms, checks }): PacketBufferTest[] =>
        read ? [{ read, transforms, checks }] : [],
      ),
    ),
    buffers: exact(buffers.map(bufferTest)),
    numbers: exact(draft.numbers),
    events: exact(draft.events),
    decodeEvents: exact(draft.decodeEvents),
    silent: draft.silent,
    rates: exact(draft.rates),
    fast: fastPattern(draft, buffers, trigger),
    trigger,
    alsoPackets: trigger === 'stream' && draft.onStreams !== 'only' && looksAtPackets(draft, protocol),
    flagUse: flagUse(draft),
  };
}

const NOTHING: readonly never[] = [];

/** A list that grew has room for many more, and most lists of rules are empty: tens of thousands stay in memory. */
function exact<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? NOTHING : list.slice();
}

function bufferTest({ name, direction, transforms, checks, absent }: BufferDraft): BufferTest {
  return { name, direction, transforms: exact(transforms), checks: exact(checks), absent };
}

/** @throws RuleFault */
function checkBuffers(buffers: readonly BufferDraft[]): void {
  for (const { name, checks, absent } of buffers) {
    if (checks.length === 0 && absent === undefined && !name.includes('|'))
      throw new RuleFault(name, 'is looked at by nothing');
    if (absent === 'must' && checks.length > 0) throw new RuleFault('absent', 'contradicts what looks at the buffer');
  }
}

/** Frames are told one by one: nothing else is there beside them. @throws RuleFault */
function checkFrames({ numbers, events }: Draft, buffers: readonly BufferDraft[], isWhole: boolean): void {
  if (!buffers.some(({ name }) => framedProtocol(name) !== undefined)) return;
  const names = new Set(buffers.map(({ name }) => name));
  if (isWhole || names.size > 1 || numbers.length > 0 || events.length > 0)
    throw new RuleFault('frame', 'one frame cannot be looked at together with other buffers');
}

/** @throws RuleFault */
function directionOf(
  { direction, buffers, numbers }: Draft,
  { side, needsLook, name }: RuleProtocol,
): Direction | undefined {
  if (side === undefined) return direction;
  if (direction !== undefined && direction !== side)
    throw new RuleFault('flow', `asks for the other side than ${name}`);
  if (needsLook && buffers.length === 0 && numbers.length === 0)
    throw new RuleFault('protocol', `${name} comes several times a transaction: the rule has to look at something`);
  return side;
}

function flagUse({ setsFlags, readsFlags }: Draft): number {
  if (setsFlags) return readsFlags ? 2 : 3;
  return readsFlags ? 1 : 0;
}

function triggerOf(draft: Draft, protocol: RuleProtocol, anyPorts: boolean): Trigger {
  const { buffers, numbers, events, payload, packet, decodeEvents } = draft;
  if (decodeEvents.length > 0) return 'packet';
  if (buffers.some((b) => !b.read) || numbers.length > 0) return 'transaction';
  if (events.length > 0) return 'event';
  if (protocol.side !== undefined) return 'transaction';
  if (payload.checks.length > 0) return mayStream(draft, protocol) ? 'stream' : 'packet';
  const onlyState = packet.length === 0 && !draft.onPackets && !buffers.some((b) => b.read);
  if (draft.onStreams === 'only') return 'stream';
  if (!onlyState || protocol.events || protocol.flowStart) return 'packet';
  if (draft.onlyProtocol) return 'once';
  const onlyFlags = draft.state.length === draft.flagTests && draft.direction === undefined;
  return anyPorts && onlyFlags && protocol.apps.length === 0 ? 'once' : 'packet';
}

function mayStream(draft: Draft, protocol: RuleProtocol): boolean {
  const { numbers } = protocol;
  if (numbers !== null && !numbers.includes(6)) return false;
  return (
    protocol.bytes !== 'packets' && draft.onStreams !== 'never' && (!draft.onPackets || protocol.bytes === 'stream')
  );
}

/** Contents whose place counts from the beginning are looked for in packets too. */
function looksAtPackets(draft: Draft, protocol: RuleProtocol): boolean {
  if (protocol.bytes === 'stream') return false;
  return draft.streamSize || draft.payload.checks.some((check) => check instanceof Content && check.anchored);
}

/** Transforms that leave a content where it is, but for its case and a dot before it. */
const TRANSPARENT: ReadonlySet<string> = new Set(['dotprefix', 'to_lowercase', 'to_uppercase', 'header_lowercase']);
const DOT = 0x2e;

/** The content that a rule is found by: the one it names, else the longest; none of a buffer that may be absent. */
function fastPattern(draft: Draft, buffers: readonly BufferDraft[], trigger: Trigger): FastPattern | null {
  const places = trigger === 'transaction' ? buffers : [draft.payload];
  let best: { content: Content; buffer: string; bytes: Uint8Array } | null = null;
  for (const { name, checks, absent, transformNames } of places) {
    if (absent !== undefined || !transformNames.every((one) => TRANSPARENT.has(one))) continue;
    const dotted = transformNames.includes('dotprefix');
    for (const check of checks) {
      if (!isPattern(check)) continue;
      const bytes = dotted && check.bytes[0] === DOT ? check.bytes.subarray(1) : check.bytes;
      if (bytes.length > 0 && (!best || worth(check) > worth(best.content)))
        best = { content: check, buffer: name, bytes };
    }
  }
  return best && { buffer: best.buffer, bytes: best.bytes, reach: reachOf(best.content) };
}

function reachOf({ bytes, relative, startsWith, offset = 0, depth }: Content): number | undefined {
  if (relative) return undefined;
  if (startsWith) return bytes.length;
  return typeof offset === 'number' && typeof depth === 'number' ? offset + depth : undefined;
}

function isPattern(check: Check): check is Content {
  return check instanceof Content && !check.negated;
}

function worth(content: Content): number {
  return content.bytes.length + (content.fastPattern ? 1 << 20 : 0);
}

/** Which side a rule's header is read for. */
export function otherDirection(direction: Direction): Direction {
  return direction === 0 ? 1 : 0;
}
