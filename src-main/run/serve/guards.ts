/** What every request must pass before anything is looked at: its Host, its Origin; and the headers of every answer. */
import { X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { CONTENT_POLICY } from '../api/pages.ts';

/** Where the server listens and by which names it may be called. */
export interface Place {
  secure: boolean;
  port: number;
  /** Only this machine can reach it. */
  loopback: boolean;
  /** Names that the certificate is for; none on loopback. */
  certificate: X509Certificate | undefined;
}

const loopbackNet = new BlockList();
loopbackNet.addSubnet('127.0.0.0', 8, 'ipv4');
loopbackNet.addAddress('::1', 'ipv6');

/** 127.0.0.0/8 and ::1, and the name localhost. */
export function isLoopback(address: string): boolean {
  if (address === 'localhost') return true;
  const family = isIP(address);
  return family !== 0 && loopbackNet.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

function splitHost(header: string, secure: boolean): { name: string; port: number } | null {
  const found = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?$/i.exec(header);
  if (!found) return null;
  const name = found[1]!.replace(/^\[|\]$/g, '').toLowerCase();
  return { name, port: found[2] === undefined ? (secure ? 443 : 80) : Number(found[2]) };
}

/**
 * Whether the Host header names this server. A page of another site can make its own name point here (DNS
 * rebinding), but then the name is what the browser sends: only addresses, localhost and the certificate's names pass.
 */
export function isOurHost(header: string | undefined, place: Place): boolean {
  const host = header === undefined ? null : splitHost(header, place.secure);
  if (!host || host.port !== place.port) return false;
  if (place.loopback) return isLoopback(host.name);
  return isIP(host.name) !== 0 || host.name === 'localhost' || place.certificate?.checkHost(host.name) !== undefined;
}

/** The one Host header of a request; undefined where there is none, or more than one. */
export function hostOf(request: IncomingMessage): string | undefined {
  const names = request.rawHeaders.filter((_, i) => i % 2 === 0);
  return names.filter((name) => name.toLowerCase() === 'host').length === 1 ? request.headers.host : undefined;
}

/** Whether a page of ours made the request. What changes something, or opens the socket, must say where it comes from. */
export function isOurOrigin(request: IncomingMessage, place: Place): boolean {
  const { origin, host } = request.headers;
  return origin === `${place.secure ? 'https' : 'http'}://${host}`;
}

/** Browsers that say where a request comes from must not say: another site. */
export function isOurFetch(request: IncomingMessage): boolean {
  const site = request.headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin' || site === 'none';
}

/**
 * Strict-Transport-Security is left out on purpose: it holds for a name on all its ports (RFC 6797 8.3), so it would
 * lock people out of whatever else this machine serves without TLS; and our port speaks nothing but TLS anyway.
 */
export function setGuards(response: ServerResponse): void {
  response.setHeader('Content-Security-Policy', CONTENT_POLICY);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('X-Frame-Options', 'DENY');
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  response.setHeader('Permissions-Policy', 'camera=(), microphone=(), geolocation=(), usb=()');
}
