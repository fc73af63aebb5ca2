/** Link types whose frames begin with the IP header. */
import { anyIp } from '../net/ethertype.ts';
import { ipv4 } from '../net/ipv4.ts';
import { ipv6 } from '../net/ipv6.ts';
import type { DecodeState } from '../net/state.ts';

export { anyIp as rawIp };

export function onlyIpv4(s: DecodeState, at: number, end: number, limit: number): void {
  ipv4(s, at, end, limit);
}

export function onlyIpv6(s: DecodeState, at: number, end: number, limit: number): void {
  ipv6(s, at, end, limit);
}

/** A header of fixed size that says nothing we need, then IP: OpenBSD's enc(4) and Solaris' IPNET. */
export function ipBehind(size: number): (s: DecodeState, at: number, end: number, limit: number) => void {
  return (s, at, end, limit) => {
    if (end - at < size) s.tooShort(end, limit, at + size);
    else anyIp(s, at + size, end, limit);
  };
}
