/** Hosts files: an address that leads nowhere, then names that shall not be reached. A name means itself alone. */
import { UNSAID, type Details, type Intake } from '../types.ts';
import { domainValue } from '../values.ts';
import type { LineFormat } from './types.ts';

const NOWHERE =
  /^(?:0\.0\.0\.0|0|127\.\d+\.\d+\.\d+|255\.255\.255\.255|::1?|f[ef][0-9a-f]{2}::[0-9a-f]*(?:%\w+)?)\s+\S/i;
const NAMES_OF_THE_MACHINE = new Set([
  'localhost',
  'local',
  'broadcasthost',
  'localhost.localdomain',
  'ip6-localhost',
  'ip6-loopback',
  'ip6-localnet',
  'ip6-mcastprefix',
  'ip6-allnodes',
  'ip6-allrouters',
  'ip6-allhosts',
  '0.0.0.0',
]);
/** Such files hold advertisements more than malware. */
const DETAILS: Details = { ...UNSAID, confidence: 40 };

const withoutRemark = (line: string): string => line.replace(/(?:^|\s)[#;].*$/, '').trim();

function read(line: string, number: number, intake: Intake): void {
  const text = withoutRemark(line);
  if (text === '') return;
  if (!NOWHERE.test(text)) return intake.refuse(number, 'no line of a hosts file that leads nowhere');
  for (const name of text.split(/\s+/).slice(1)) {
    if (NAMES_OF_THE_MACHINE.has(name.toLowerCase())) continue;
    const value = domainValue(name, false);
    if (typeof value === 'string') intake.refuse(number, 'no name');
    else intake.entry(value.observable, DETAILS);
  }
}

export const hosts: LineFormat = {
  id: 'hosts',
  recognises: (head) => {
    const lines = head.map(withoutRemark).filter((line) => line !== '');
    return lines.length > 0 && lines.filter((line) => NOWHERE.test(line)).length > lines.length / 2;
  },
  open: (_head, intake) => ({ line: (text, number) => read(text, number, intake) }),
};
