/** What a call of the contract is, and the types that clients and handlers derive from the list. */
import type { z } from './schema.ts';

/** Who may make a call: each role may do what those before it may. */
export const ROLES = ['viewer', 'analyst', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** query: asks, changes nothing. command: changes something. subscription: a stream of events until it is ended. */
export const CALL_KINDS = ['query', 'command', 'subscription'] as const;
export type CallKind = (typeof CALL_KINDS)[number];

export interface Call<K extends CallKind = CallKind, I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly kind: K;
  /** Least role that may make it. */
  readonly role: Role;
  readonly input: I;
  /** Of a subscription: one event. */
  readonly output: O;
}

/** Topic → name → call. On the wire a call is named `topic.name`. */
export type Contract = Readonly<Record<string, Readonly<Record<string, Call>>>>;

/** What a caller gives (fields with a default may be left out). */
export type Given<C extends Call> = z.input<C['input']>;
/** What a handler gets. */
export type Input<C extends Call> = z.output<C['input']>;
/** What a handler gives back, or sends as an event. */
export type Answer<C extends Call> = z.input<C['output']>;
/** What a caller gets back. */
export type Output<C extends Call> = z.output<C['output']>;

export function query<const I extends z.ZodType, const O extends z.ZodType>(
  input: I,
  output: O,
  role: Role = 'viewer',
) {
  return { kind: 'query', role, input, output } as const satisfies Call<'query', I, O>;
}

export function command<const I extends z.ZodType, const O extends z.ZodType>(
  input: I,
  output: O,
  role: Role = 'analyst',
) {
  return { kind: 'command', role, input, output } as const satisfies Call<'command', I, O>;
}

export function subscription<const I extends z.ZodType, const O extends z.ZodType>(
  input: I,
  output: O,
  role: Role = 'viewer',
) {
  return { kind: 'subscription', role, input, output } as const satisfies Call<'subscription', I, O>;
}

/** `topic.name` → call, in a map: names from outside never reach a prototype. */
export function callsByName(contract: Contract): ReadonlyMap<string, Call> {
  const calls = new Map<string, Call>();
  for (const [topic, names] of Object.entries(contract)) {
    for (const [name, call] of Object.entries(names)) calls.set(`${topic}.${name}`, call);
  }
  return calls;
}

/** Whether someone with the role `has` may do what needs `least`. */
export function mayDo(has: Role, least: Role): boolean {
  return ROLES.indexOf(has) >= ROLES.indexOf(least);
}
