/** Groups of a rule's header: `[a,!b,[c,d]]` and variables, to members that count and members that do not. */
import { RuleFault } from './fault.ts';
import { RULES_LIMITS } from './limits.ts';

export interface Group {
  /** Any of these (none: everything) … */
  include: string[];
  /** … and none of those. */
  exclude: string[];
  any: boolean;
}

export type Variables = ReadonlyMap<string, string>;

export const DEFAULT_VARIABLES: Variables = new Map([
  ['HOME_NET', '[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]'],
  ['EXTERNAL_NET', '!$HOME_NET'],
  ...['HTTP', 'SMTP', 'SQL', 'DNS', 'TELNET', 'AIM', 'DC', 'DNP3', 'MODBUS', 'ENIP', 'SSH', 'FTP'].flatMap(
    (name): [string, string][] => [[`${name}_SERVERS`, '$HOME_NET']],
  ),
  ...['DNP3', 'MODBUS', 'ENIP'].map((name): [string, string] => [`${name}_SERVER`, '$HOME_NET']),
  ...['DNP3', 'MODBUS', 'ENIP'].map((name): [string, string] => [`${name}_CLIENT`, '$HOME_NET']),
  ['AIM_SERVERS', '$EXTERNAL_NET'],
  ['HTTP_PORTS', '80'],
  ['SHELLCODE_PORTS', '!80'],
  ['ORACLE_PORTS', '1521'],
  ['SSH_PORTS', '22'],
  ['DNP3_PORTS', '20000'],
  ['MODBUS_PORTS', '502'],
  ['FILE_DATA_PORTS', '[$HTTP_PORTS,110,143]'],
  ['FTP_PORTS', '21'],
  ['GENEVE_PORTS', '6081'],
  ['VXLAN_PORTS', '4789'],
  ['TEREDO_PORTS', '3544'],
  ['SIP_PORTS', '[5060,5061]'],
]);

/** @throws RuleFault naming `keyword` */
export function groupOf(keyword: string, text: string, variables: Variables): Group {
  const group: Group = { include: [], exclude: [], any: false };
  collect({ keyword, variables, group }, text.trim(), false, 0);
  if (group.include.length === 0) group.any = true;
  if (group.any) group.include = [];
  return group;
}

interface Walk {
  keyword: string;
  variables: Variables;
  group: Group;
}

function collect(walk: Walk, text: string, negated: boolean, depth: number): void {
  const { keyword, group, variables } = walk;
  if (depth > RULES_LIMITS.groupDepth) throw new RuleFault(keyword, 'groups or variables are nested too deep');
  if (text.startsWith('!')) {
    collect(walk, text.slice(1).trim(), !negated, depth + 1);
  } else if (text.startsWith('$')) {
    const value = variables.get(text.slice(1));
    if (value === undefined) throw new RuleFault(keyword, `the variable ${text.slice(0, 60)} is not known`);
    collect(walk, value, negated, depth + 1);
  } else if (text.startsWith('[')) {
    if (!text.endsWith(']')) throw new RuleFault(keyword, 'a bracket is not closed');
    for (const part of members(keyword, text.slice(1, -1))) collect(walk, part, negated, depth + 1);
  } else if (text === 'any') {
    if (negated) throw new RuleFault(keyword, 'nothing is left: !any');
    group.any = true;
  } else {
    const list = negated ? group.exclude : group.include;
    if (list.length >= RULES_LIMITS.groupMembers) throw new RuleFault(keyword, 'more members than a group may have');
    if (text === '') throw new RuleFault(keyword, 'an empty member of a group');
    list.push(text);
  }
}

function members(keyword: string, text: string): string[] {
  const out: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i <= text.length; i++) {
    const c = text[i];
    if (c === '[') depth++;
    else if (c === ']') depth--;
    if ((c === ',' && depth === 0) || i === text.length) {
      out.push(text.slice(from, i).trim());
      from = i + 1;
    }
  }
  if (depth !== 0) throw new RuleFault(keyword, 'a bracket is not closed');
  return out;
}
