/** What a device on a network is, as far as its traffic tells. */

/** `smart-home`: lights, plugs, sensors, hubs, appliances; `tv`: streaming boxes too; `network`: routers, switches, access points. */
export const DEVICE_KINDS = [
  { id: 'camera', title: 'Camera', narrow: true },
  { id: 'printer', title: 'Printer', narrow: true },
  { id: 'speaker', title: 'Speaker', narrow: true },
  { id: 'smart-home', title: 'Smart-home device', narrow: true },
  { id: 'ip-phone', title: 'Desk phone', narrow: true },
  { id: 'tv', title: 'TV', narrow: false },
  { id: 'console', title: 'Game console', narrow: false },
  { id: 'phone', title: 'Phone or tablet', narrow: false },
  { id: 'computer', title: 'Computer', narrow: false },
  { id: 'nas', title: 'Network storage', narrow: false },
  { id: 'network', title: 'Network gear', narrow: false },
  { id: 'unknown', title: 'Unknown', narrow: false },
] as const;

export type DeviceKind = (typeof DEVICE_KINDS)[number]['id'];

/** What one host is taken for. */
export interface HostDevice {
  kind: DeviceKind;
  /** 0…1; 0 for `unknown`. */
  confidence: number;
  /** What speaks for it, the weightiest first; of `unknown`, what was seen and does not suffice. */
  why: string[];
}

/** Kinds made for one task: they speak to a few places, and always the same ones. Phones and television sets run what their owners add. */
export const NARROW_KINDS: ReadonlySet<DeviceKind> = new Set(
  DEVICE_KINDS.filter(({ narrow }) => narrow).map(({ id }) => id),
);

/** Below, a kind is a guess that may be shown and changes no judgement. */
const SURE = 0.5;

/** Whether a host is held to a narrow profile. */
export function isNarrow({ kind, confidence }: Pick<HostDevice, 'kind' | 'confidence'>): boolean {
  return confidence >= SURE && NARROW_KINDS.has(kind);
}

/** Kinds that people have at home, and such as work is done with. The rest is found in both. */
export const HOME_KINDS: ReadonlySet<DeviceKind> = new Set<DeviceKind>(['smart-home', 'speaker', 'tv', 'console']);
export const WORK_KINDS: ReadonlySet<DeviceKind> = new Set<DeviceKind>(['computer', 'ip-phone', 'printer']);

export function deviceTitle(kind: string): string {
  return DEVICE_KINDS.find(({ id }) => id === kind)?.title ?? kind;
}
