import { ACCESS, ACCESS_LOOKALIKES } from './access.ts';
import type { Scenario } from './context.ts';
import { COVERT, COVERT_LOOKALIKES } from './covert.ts';
import { LAN, LAN_LOOKALIKES } from './lan.ts';
import { FLOODS } from './floods.ts';
import { SCAN_LOOKALIKES, SCANS } from './scans.ts';

/** Every kind of incident with its variants. A new one is one entry in one of the five files. */
export const ATTACKS: Readonly<Record<string, Readonly<Record<string, Scenario>>>> = {
  ...SCANS,
  ...FLOODS,
  ...COVERT,
  ...ACCESS,
  ...LAN,
};

/** What resembles an attack and is none: labelled benign. */
export const LOOKALIKES: Readonly<Record<string, Scenario>> = {
  ...SCAN_LOOKALIKES,
  ...COVERT_LOOKALIKES,
  ...ACCESS_LOOKALIKES,
  ...LAN_LOOKALIKES,
};

export interface ScenarioName {
  kind: string;
  variant: string;
  scenario: Scenario;
  benign: boolean;
}

/** `kind`, `kind/variant`, or the name of a look-alike. Throws RangeError with the list when unknown. */
export function findScenario(name: string): ScenarioName {
  const lookalike = Object.hasOwn(LOOKALIKES, name) ? LOOKALIKES[name] : undefined;
  if (lookalike) return { kind: 'benign', variant: name, scenario: lookalike, benign: true };
  const [kind = '', asked] = name.split('/');
  const variants = Object.hasOwn(ATTACKS, kind) ? ATTACKS[kind] : undefined;
  const variant = asked ?? (variants ? Object.keys(variants)[0] : undefined);
  const scenario =
    variants && variant !== undefined && Object.hasOwn(variants, variant) ? variants[variant] : undefined;
  if (scenario === undefined || variant === undefined) {
    const all = Object.entries(ATTACKS).flatMap(([k, v]) => Object.keys(v).map((x) => `${k}/${x}`));
    throw new RangeError(`no scenario ${name}; there are: ${[...all, ...Object.keys(LOOKALIKES)].join(', ')}`);
  }
  return { kind, variant, scenario, benign: false };
}
