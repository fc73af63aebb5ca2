/** Chosen records: whether their format is known, and if not, what their columns mean. */
import { useState, type ReactNode } from 'react';
import type { FileLook, LabMapping } from '../../../src-shared/contract/topics/lab.ts';
import { ErrorNote } from '../../components/states.tsx';
import { firstSaid, mappingOf, saidAgain, type Said } from './csv-mapping.ts';
import { Mapping } from './Mapping.tsx';
import { useLook } from './use-look.ts';
import type { Chosen } from './use-sending.ts';

export interface Records {
  /** What the first file is; null: not known yet. */
  look: FileLook | null;
  /** What has to be said of its columns; null: nothing, or nothing yet. */
  mapping: LabMapping | null;
  /** What has to be done before anything can be learned from them; null: nothing. */
  lacking: string | null;
  /** Where that is asked, and what the format is. */
  panel: ReactNode;
}

function lackingOf(what: string, unreadable: FileLook | null, unknown: FileLook | null, mapping: LabMapping | null) {
  if (unreadable) return `Choose other ${what}.`;
  return unknown && !mapping ? 'Say which column is the label, and mark values of it.' : null;
}

/** `what` they are called; `before`: what was said of such a file, as a first guess. */
export function useRecords(what: string, first: Chosen | undefined, before?: LabMapping): Records {
  const { look, error } = useLook(first);
  const [said, setSaid] = useState<{ of: FileLook; said: Said } | null>(null);
  const unknown = look && look.format === null && look.columns.length > 0 ? look : null;
  const unreadable = look && look.format === null && look.columns.length === 0 ? look : null;
  const guess = (of: FileLook): Said => saidAgain(of, before) ?? firstSaid(of);
  const answers = unknown && (said?.of === unknown ? said.said : guess(unknown));
  const mapping = unknown && answers ? mappingOf(unknown, answers) : null;
  const panel = (
    <>
      {look?.format ? <p className="dim">The training data are recognised as {look.format.title}.</p> : null}
      {error ? <ErrorNote error={error} /> : null}
      {unreadable ? (
        <p className="lab-warning" role="alert">
          The training data are of no format that is known: {unreadable.why}. {unreadable.cure}
        </p>
      ) : null}
      {unknown && answers ? (
        <Mapping look={unknown} said={answers} onChange={(next) => setSaid({ of: unknown, said: next })} />
      ) : null}
    </>
  );
  return {
    look,
    mapping,
    lacking: first ? lackingOf(what, unreadable, unknown, mapping) : `Choose ${what} first.`,
    panel,
  };
}
