/** What the threads of rules are given, and what they tell. */
import type { RuleDiff, RuleSourceKind, RuleSourceRow, Tried } from '../../../../src-shared/contract/topics/rules.ts';
import type { Failure } from '../../../keep/store/protocol.ts';
import type { MessagePort } from '../../pipeline/threads.ts';

/** A file, or a folder of rules, and what people call it. */
export interface NamedPath {
  path: string;
  name: string;
}

/** A set or list that is to be read and kept. */
export interface ReadData {
  /** Absent: a new one. */
  id?: number;
  kind: RuleSourceKind;
  name: string;
  origin: RuleSourceRow['origin'];
  from: readonly NamedPath[];
  /** Files of the list as it was. */
  before: readonly string[];
  /** Folder where files of lists are kept. */
  folder: string;
  /** Milliseconds since 1970. */
  at: number;
  author: string;
  /** Leads to the store. */
  port: MessagePort;
}

export type FromRead = { type: 'done'; id: number; diff: RuleDiff } | { type: 'failed'; failure: Failure };

export interface TryData {
  paths: readonly string[];
  text: string;
  /** Networks that are ours; none: the private ones. */
  networks: readonly string[];
}

export type FromTry = { type: 'done'; tried: Tried } | { type: 'failed'; failure: Failure };
