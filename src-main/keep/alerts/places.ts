/** Where a channel leads, as far as its settings alone tell: a name is judged again by what it resolves to. */
import { isIP } from 'node:net';
import { SondeError } from '../../../src-shared/errors.ts';
import { isPublic } from './http/addresses.ts';
import { insideOf, type Resolve } from './http/dial.ts';
import type { ChannelKind, ChannelSettings, Field, FieldValue } from './types.ts';

export const ALLOW_PRIVATE = 'allowPrivate';

/** Of a URL or a host field; as the URL parser writes it, so that odd notations of addresses are seen through. */
export function hostOf({ type }: Pick<Field, 'type'>, value: FieldValue): string {
  const url = URL.parse(type === 'host' ? `http://${String(value)}` : String(value));
  return (url?.hostname ?? String(value)).replace(/^\[|\]$/g, '');
}

const INSIDE = /(^|\.)(localhost|local|internal|lan|home\.arpa)\.?$/i;
/** RFC 6761: always this machine. */
const THIS_MACHINE = /(^|\.)localhost\.?$/i;

/** An address of the inside, or a name that is most likely one. */
export function isInside(host: string): boolean {
  if (host === '') return false;
  return isIP(host) === 0 ? INSIDE.test(host) || !host.includes('.') : !isPublic(host);
}

/** Nothing is ever sent there without `allowPrivate`, whatever names resolve to. */
export const isSurelyInside = (host: string): boolean => (isIP(host) === 0 ? THIS_MACHINE.test(host) : !isPublic(host));

/** A secret may be a whole address: that of a webhook. */
function isPlace({ type }: Field, value: FieldValue | undefined): value is string {
  if (typeof value !== 'string' || value === '') return false;
  return type === 'url' || type === 'host' || (type === 'secret' && /^https?:\/\//i.test(value));
}

/** Why a channel of these settings could never send anything; null: it may. No value is named: it may be a secret. */
export function placeFault({ fields }: Pick<ChannelKind, 'fields'>, settings: ChannelSettings): string | null {
  const guard = fields.find(({ name }) => name === ALLOW_PRIVATE);
  if (!guard || settings[ALLOW_PRIVATE] === true) return null;
  const wrong = fields.find((field) => {
    const value = settings[field.name];
    return isPlace(field, value) && isSurelyInside(hostOf(field, value));
  });
  if (!wrong) return null;
  return `${wrong.label} is of this machine or of a private network, where nothing is sent without “${guard.label}” (${ALLOW_PRIVATE})`;
}

/** What is asked where: the proxy, where there is one, as it is the one that is connected to. */
function asked(kind: Pick<ChannelKind, 'fields'>, settings: ChannelSettings): { field: Field; host: string }[] {
  const places = kind.fields.flatMap((field) => {
    const value = settings[field.name];
    return isPlace(field, value) ? [{ field, host: hostOf(field, value) }] : [];
  });
  const proxies = places.filter(({ field }) => field.name === 'proxy');
  return proxies.length > 0 ? proxies : places;
}

/**
 * As `checkPlaces`, and by what names lead to now: a name of the inside is told when it is entered, not when the first alert
 * fails. Names that lead nowhere now are let be. @throws SondeError `bad-request` (rejects)
 */
export async function checkReached(
  kind: ChannelKind,
  settings: ChannelSettings,
  where: string,
  resolve?: Resolve,
): Promise<void> {
  checkPlaces(kind, settings, where);
  const guard = kind.fields.find(({ name }) => name === ALLOW_PRIVATE);
  if (!guard || settings[ALLOW_PRIVATE] === true) return;
  for (const { field, host } of asked(kind, settings)) {
    const inside = await insideOf(host, resolve);
    if (inside === null) continue;
    const named = field.type === 'secret' ? '' : ` (${host} is ${inside})`;
    const what = `${field.label} leads to this machine or a private network${named}, where nothing is sent without “${guard.label}”`;
    throw new SondeError('bad-request', `${where}: ${what}`, where, 'Switch that on if it is meant, or name another.');
  }
}

/** @throws SondeError `bad-request` */
export function checkPlaces(kind: ChannelKind, settings: ChannelSettings, where: string): void {
  const fault = placeFault(kind, settings);
  if (fault === null) return;
  throw new SondeError('bad-request', `${where}: ${fault}`, where, 'Switch that on if it is meant, or name another.');
}
