/** What a keyword does to the rule that is read. */
import type { Draft } from '../draft.ts';

/** `value`: as written after the colon. @throws RuleFault */
export type Keyword = (draft: Draft, value: string | undefined, name: string) => void;

export type KeywordTable = readonly (readonly [string, Keyword])[];
