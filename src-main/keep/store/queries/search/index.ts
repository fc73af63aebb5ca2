/** The search box: every group from an index, or from a bounded number of the newest rows. */
import type Database from 'better-sqlite3';
import type { Answer } from '../../../../../src-shared/contract/define.ts';
import type { contract } from '../../../../../src-shared/contract/index.ts';
import { readSought, WORD_MIN, type Sought } from '../../../../../src-shared/domain/search.ts';
import { CAPTURES_WALKED, INCIDENTS_WALKED, NAMES_WALKED } from './bounds.ts';
import { foundFlowsOf, newestCaptures } from './flows.ts';
import { foundHosts, foundNames, namesLeft } from './hosts.ts';
import { foundIncidents, incidentsLeft } from './incidents.ts';
import { foundCaptures, foundRules } from './others.ts';

/** What was not looked through, a sentence each. */
function leftOut(db: Database.Database, sought: Sought, captures: number): string[] {
  const left: string[] = [];
  if (sought.text.length < WORD_MIN) left.push('Type one character more: names, incidents and rules take two.');
  if (namesLeft(db))
    left.push(
      `Of names that hold the text further on, the newest ${NAMES_WALKED.toLocaleString('en-US')} were looked through; names that begin with it are found in all captures.`,
    );
  if (incidentsLeft(db))
    left.push(`Of incidents, the newest ${INCIDENTS_WALKED.toLocaleString('en-US')} were looked through.`);
  if (captures > CAPTURES_WALKED) left.push(`Of flows, those of the newest ${CAPTURES_WALKED} captures were counted.`);
  left.push('Not searched: the bytes of packets, and results of the lab.');
  return left;
}

export function findEverywhere(db: Database.Database, typed: string): Answer<typeof contract.search.find> {
  const sought = readSought(typed);
  const captures = newestCaptures(db);
  const capturesTotal = Number(db.prepare('SELECT count(*) FROM captures').pluck().get());
  return {
    text: typed,
    taken: sought.taken,
    hosts: foundHosts(db, sought),
    names: foundNames(db, sought),
    incidents: foundIncidents(db, sought),
    flows: foundFlowsOf(db, sought, captures),
    rules: foundRules(db, sought),
    captures: foundCaptures(db, sought),
    capturesTotal,
    left: leftOut(db, sought, capturesTotal),
    remaining: captures,
  };
}
