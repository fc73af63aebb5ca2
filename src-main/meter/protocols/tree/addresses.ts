/** Addresses as they are written. */
import { dottedQuad, ipv6Text } from '../bytes.ts';
import type { Part } from './part.ts';

export const macText = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');

export const ipv4Of = (bytes: Uint8Array): string => dottedQuad(bytes, 0);
export const ipv6Of = (bytes: Uint8Array): string => ipv6Text(bytes, 0);

export function mac(part: Part, id: string, name: string): string {
  return macText(part.take(id, name, 6, macText));
}

export function ipv4(part: Part, id: string, name: string): string {
  return ipv4Of(part.take(id, name, 4, ipv4Of));
}

export function ipv6(part: Part, id: string, name: string): string {
  return ipv6Of(part.take(id, name, 16, ipv6Of));
}
