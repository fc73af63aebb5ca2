/** A rule while its options are read. */
import type { Direction } from '../app/types.ts';
import { Content } from '../content/content.ts';
import { Pcre } from '../content/pcre.ts';
import { VARIABLES, type Check, type Value } from '../content/run.ts';
import type { TextSets } from '../content/text-set.ts';
import type { Terms } from '../expression/allowance.ts';
import type { Transform } from '../content/transforms.ts';
import type { Scene } from '../flow/scene.ts';
import { RuleFault } from './fault.ts';
import { wholeOf } from './numbers.ts';
import type { EventOf, NumberOf, Rate, SceneEffect, SceneTest } from './rule.ts';

export interface BufferDraft {
  /** '' the payload. */
  name: string;
  /** Of a packet's buffer. */
  read: ((scene: Scene) => readonly Uint8Array[]) | undefined;
  direction: Direction | undefined;
  transforms: Transform[];
  transformNames: string[];
  checks: Check[];
  absent: 'must' | 'may' | undefined;
  /** Each mention may mean another. */
  several: boolean;
}

function newBuffer(name: string): BufferDraft {
  const transforms: Transform[] = [];
  return {
    name,
    read: undefined,
    direction: undefined,
    transforms,
    transformNames: [],
    checks: [],
    absent: undefined,
    several: false,
  };
}

function isSame(a: BufferDraft, b: BufferDraft): boolean {
  return a.name === b.name && a.transforms.length === 0 && !a.several && a.direction === b.direction;
}

export class Draft {
  /** Of all rules that are read together. */
  readonly datasets: TextSets;
  /** Of its expressions. */
  readonly terms: Terms;
  /** The word of its header. */
  protocol = '';
  sid = 0;
  gid = 1;
  rev = 0;
  message = '';
  classtype = '';
  priority: number | undefined;
  readonly references: string[] = [];
  readonly metadata: string[] = [];
  direction: Direction | undefined;
  readonly packet: SceneTest[] = [];
  readonly state: SceneTest[] = [];
  readonly effects: SceneEffect[] = [];
  readonly payload = newBuffer('');
  readonly buffers: BufferDraft[] = [];
  readonly numbers: NumberOf[] = [];
  readonly events: EventOf[] = [];
  readonly decodeEvents: string[] = [];
  readonly rates: Rate[] = [];
  /** Keywords without which the rule does not want to be. */
  readonly required: string[] = [];
  silent = false;
  /** Where `content` and its like go. */
  current: BufferDraft = this.payload;
  /** Looks at packets' headers; at streams; at nothing of streams. */
  onPackets = false;
  onStreams: 'only' | 'never' | undefined;
  /** Looks once a direction when nothing else is asked. */
  onlyProtocol = false;
  streamSize = false;
  /** How many of `state` only read flags. */
  flagTests = 0;
  setsFlags = false;
  readsFlags = false;
  /** Checks of what was decoded within a buffer. */
  readonly nested: BufferDraft[] = [];
  private readonly variables = new Map<string, number>();

  constructor(datasets: TextSets, terms: Terms) {
    this.datasets = datasets;
    this.terms = terms;
  }

  /** The last content, for what changes it. @throws RuleFault */
  content(keyword: string): Content {
    const last = this.current.checks.findLast((check) => check instanceof Content);
    if (last) return last;
    throw new RuleFault(keyword, 'follows no content');
  }

  add(check: Check): void {
    this.current.checks.push(check);
    this.last = this.current;
  }

  /** What is relative goes where the content before it went. */
  addRelative(check: Check): void {
    const { last, current } = this;
    if (check.relative && current === this.payload && last) last.checks.push(check);
    else this.add(check);
  }

  /** Where the last check went. */
  private last: BufferDraft | null = null;

  /** What follows looks at `name`; mentions of one buffer are put together in the end, unless it comes several times. */
  stick(name: string, options: { several?: boolean; read?: BufferDraft['read']; direction?: Direction } = {}): void {
    const buffer = newBuffer(name);
    buffer.read = options.read;
    buffer.direction = options.direction;
    buffer.several = options.several ?? false;
    this.buffers.push(buffer);
    this.current = buffer;
  }

  /** A transform of the buffer at hand; after what looks at it untransformed, it is another. */
  transform(keyword: string, made: Transform): void {
    const { current } = this;
    if (current.checks.length > 0) {
      const { name, several, read, direction } = current;
      this.stick(name, { several, ...(read ? { read } : {}), ...(direction === undefined ? {} : { direction }) });
    }
    this.current.transforms.push(made);
    this.current.transformNames.push(keyword);
  }

  private merge(): void {
    const kept: BufferDraft[] = [];
    for (const buffer of this.buffers) {
      const same = buffer.several || buffer.transforms.length > 0 ? undefined : kept.find((b) => isSame(b, buffer));
      if (!same) kept.push(buffer);
      else {
        same.checks.push(...buffer.checks);
        same.absent ??= buffer.absent;
      }
    }
    this.buffers.splice(0, this.buffers.length, ...kept);
  }

  /** The last content is about `name` (the way rules were written before sticky buffers). @throws RuleFault */
  move(keyword: string, name: string): void {
    if (this.current !== this.payload) throw new RuleFault(keyword, 'follows a sticky buffer, of which it is none');
    const last = this.content(keyword);
    this.payload.checks.splice(this.payload.checks.indexOf(last), 1);
    this.into(name, last);
  }

  /** `check` is about `name`, whatever is looked at by what follows. */
  into(name: string, check: Check): void {
    const before = this.current;
    if (before.name !== name || before === this.payload) {
      const open = this.last?.name === name && this.last.transforms.length === 0 ? this.last : null;
      if (open) open.checks.push(check);
      else this.stick(name);
      if (!open) this.add(check);
      this.current = before;
    } else this.add(check);
    if (check instanceof Content) this.movedContent = check;
  }

  private movedContent: Content | null = null;

  /** The content that a modifier like `depth` means: the one moved last where nothing came after it. */
  latest(keyword: string): Content {
    const { current, movedContent } = this;
    const isLast = movedContent !== null && this.order.at(-1) === movedContent;
    if (current === this.payload && isLast) return movedContent;
    return this.content(keyword);
  }

  /** Contents in the order they were read. */
  readonly order: Content[] = [];

  /** The number of a variable, made when `define`. @throws RuleFault */
  variable(keyword: string, name: string, define = false): number {
    const known = this.variables.get(name);
    if (known !== undefined) return known;
    if (!define) throw new RuleFault(keyword, `the variable ${name.slice(0, 40)} is not known`);
    if (this.variables.size >= VARIABLES) throw new RuleFault(keyword, 'more variables than a rule may have');
    this.variables.set(name, this.variables.size);
    return this.variables.size - 1;
  }

  /** A number, or a variable's. @throws RuleFault */
  value(keyword: string, text: string): Value {
    const word = text.trim();
    if (/^[+-]?(\d|0x)/.test(word)) return wholeOf(keyword, word.replace(/^\+/, ''));
    return { variable: this.variable(keyword, word) };
  }

  /** What each check needs to know of the next. @throws RuleFault */
  settle(): void {
    this.merge();
    for (const { checks } of [this.payload, ...this.buffers, ...this.nested]) {
      for (const [i, check] of checks.entries())
        if (check instanceof Content || check instanceof Pcre) check.settle(checks[i + 1]);
    }
  }
}
