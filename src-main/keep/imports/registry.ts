/** Records of other sensors that can be read. Adding a format: its file and a line here. */
import { eve } from './eve.ts';
import { ipfix } from './ipfix.ts';
import { nfdump } from './nfdump.ts';
import type { RecordFormat } from './record.ts';
import { zeekJson } from './zeek-json.ts';
import { zeekTsv } from './zeek-tsv.ts';

export const RECORD_FORMATS: readonly RecordFormat[] = [zeekTsv, zeekJson, eve, nfdump, ipfix];
