/** A fleet as it is being entered, and what of it is sent. */
import type { Given } from '../../../src-shared/contract/define.ts';
import type { contract } from '../../../src-shared/contract/index.ts';
import type { FleetSource } from '../../../src-shared/contract/topics/fleet.ts';

/** What is taken from a file. `text` '': none is wanted, whatever is kept. */
export interface FileText {
  name: string;
  text: string;
}

export interface Draft {
  address: string;
  user: string;
  group: string;
  allowPrivate: boolean;
  /** undefined: as it is kept. */
  password: string | undefined;
  sensors: FileText | undefined;
  ca: FileText | undefined;
  certificate: FileText | undefined;
  certificateKey: FileText | undefined;
  packetsKey: FileText | undefined;
}

const FILES = ['sensors', 'ca', 'certificate', 'certificateKey', 'packetsKey'] as const;
export type FileField = (typeof FILES)[number];

const KEPT = {
  password: undefined,
  sensors: undefined,
  ca: undefined,
  certificate: undefined,
  certificateKey: undefined,
  packetsKey: undefined,
};

/** `source` null: nothing is kept. */
export function draftOf(source: FleetSource | null): Draft {
  if (!source) return { address: '', user: '', group: 'main', allowPrivate: false, ...KEPT };
  const { address, user, group, allowPrivate } = source;
  return { address, user, group, allowPrivate, ...KEPT };
}

export function sendable(draft: Draft): Given<(typeof contract)['fleet']['connect']> {
  const { address, user, group, allowPrivate, password } = draft;
  const texts = FILES.flatMap((field) => {
    // What is for TLS alone goes with it.
    if (OF_TLS.has(field) && !isSecure(address)) return [[field, ''] as const];
    const file = draft[field];
    return file === undefined ? [] : [[field, file.text] as const];
  });
  return {
    address,
    user,
    group,
    allowPrivate,
    ...(password === undefined ? {} : { password }),
    ...Object.fromEntries(texts),
  };
}

const OF_TLS: ReadonlySet<FileField> = new Set(['ca', 'certificate', 'certificateKey']);

/** Whether there is TLS on the way to this address. */
export const isSecure = (address: string): boolean => /^\s*rediss:/i.test(address);

/** What is still missing; '' where nothing is. */
export function missingIn({ address, group, sensors }: Draft, source: FleetSource | null): string {
  if (address.trim() === '') return 'The address of the server is missing.';
  const hasSensors = sensors === undefined ? (source?.sensors.length ?? 0) > 0 : sensors.text !== '';
  if (!hasSensors) return 'The list of sensors is missing.';
  return group.trim() === '' ? 'The group of workers is missing.' : '';
}

const NAMED = 4;

/** What is kept in the place of a file, in words; '' where nothing is. */
export function keptText(field: FileField, source: FleetSource | null): string {
  if (!source) return '';
  switch (field) {
    case 'sensors':
      return namesText(source.sensors);
    case 'ca':
    case 'certificate':
      return source[field];
    case 'certificateKey':
      return source.hasCertificateKey ? 'Kept, not shown.' : '';
    case 'packetsKey':
      return source.hasPacketsKey ? 'Kept, not shown.' : '';
  }
}

function namesText(names: readonly string[]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return `${names.slice(0, NAMED).join(', ')}${more}`;
}
