/** Every format of lists Sonde reads: one line each. The first that recognises a list reads it. */
import { abuseCsv } from './abuse-csv.ts';
import { hosts } from './hosts.ts';
import { misp } from './misp.ts';
import { plain } from './plain.ts';
import { stix } from './stix.ts';
import type { JsonFormat, LineFormat } from './types.ts';

export const LINE_FORMATS: readonly LineFormat[] = [abuseCsv, hosts, plain];
export const JSON_FORMATS: readonly JsonFormat[] = [stix, misp];
