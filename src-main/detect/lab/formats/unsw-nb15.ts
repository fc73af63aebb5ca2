/**
 * UNSW-NB15 (Moustafa and Slay 2015) with a header: the training and testing sets. Its TTLs nearly give the labels away and
 * are shortcuts, as is what is counted by them; base sequence numbers say nothing of a connection but its name.
 */
import { kindOf } from './labels.ts';
import { tabular } from './tabular.ts';
import { BadRecord, type ColumnSpec } from './types.ts';

/** Rows of the official files, which some mirrors name the other way round. */
export const UNSW_ROWS = { train: 175_341, test: 82_332 } as const;

const WORDS = new Set(['proto', 'service', 'state']);
const SHORTCUTS = new Set(['sttl', 'dttl', 'ct_state_ttl', 'stcpb', 'dtcpb']);
const SWITCHES = new Set(['is_sm_ips_ports']);
const NAMES =
  'dur proto service state spkts dpkts sbytes dbytes rate sttl dttl sload dload sloss dloss sinpkt dinpkt sjit djit swin ' +
  'stcpb dtcpb dwin tcprtt synack ackdat smean dmean trans_depth response_body_len ct_srv_src ct_state_ttl ct_dst_ltm ' +
  'ct_src_dport_ltm ct_dst_sport_ltm ct_dst_src_ltm is_ftp_login ct_ftp_cmd ct_flw_http_mthd ct_src_ltm ct_srv_dst ' +
  'is_sm_ips_ports';
const MOST = 2 ** 53;

/** One of the set's own columns. */
export function unswColumn(name: string): ColumnSpec {
  const role = SHORTCUTS.has(name) ? 'shortcut' : 'feature';
  if (WORDS.has(name)) return { name, kind: 'categorical', role };
  return { name, kind: 'numeric', role, range: [0, SWITCHES.has(name) ? 1 : MOST] };
}

/** @throws BadRecord where label and kind do not go together */
export function unswVerdict(label: string, category: string): { attack: boolean; kind: string } {
  const kind = kindOf(category).replace(/^Backdoors$/, 'Backdoor');
  const isNamed = category.trim() !== '' && kind.toLowerCase() !== 'normal';
  const text = label.trim();
  if (text !== '0' && text !== '1') throw new BadRecord('label is not 0 or 1');
  if (text === '0' && isNamed) throw new BadRecord('label and attack_cat say different things');
  return { attack: text === '1', kind: isNamed ? kind : 'attack' };
}

const COLUMNS = NAMES.split(' ').map(unswColumn);

export const UNSW_NB15 = tabular({
  id: 'unsw-nb15',
  title: 'UNSW-NB15 (training and testing set)',
  columns: COLUMNS,
  needed: ['dur', 'proto', 'service', 'state', 'spkts', 'dpkts', 'sbytes', 'dbytes', 'rate', 'sttl', 'ct_state_ttl'],
  label: 'label',
  besideLabel: ['attack_cat'],
  numbering: ['id'],
  nameOf: (cell) => cell.toLowerCase(),
  beside: (field) => unswVerdict(field('label'), field('attack_cat')),
});
