/** Rules and lists, carried out. Every change is in the audit log. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { CancelSignal } from '../../../../src-shared/contract/cancel.ts';
import type { Input } from '../../../../src-shared/contract/define.ts';
import type { contract, DeskHandlers } from '../../../../src-shared/contract/index.ts';
import type { RuleDiff, RuleSourceRow } from '../../../../src-shared/contract/topics/rules.ts';
import { SondeError } from '../../../../src-shared/errors.ts';
import type { RuleSourceFiles } from '../../../keep/store/rule-types.ts';
import type { Desk } from '../desk.ts';
import { withPlainNames } from '../files.ts';
import { livePackets } from '../rings.ts';
import { readSettings } from '../topics/settings.ts';
import type { NamedPath } from './messages.ts';
import { removeLists } from './read-list.ts';
import { numberOf } from './sigma-number.ts';

type Sources = Input<typeof contract.rules.add>['sources'];

const NAMED = 20;
const WORDS = { rules: 'rules', sigma: 'Sigma rules', list: 'indicators', allow: 'what is allowed' } as const;

/** Files as they were given. @throws SondeError */
function pathsOf(desk: Desk, sources: Sources): NamedPath[] {
  return sources.map((source) => {
    if (source.kind === 'upload') return desk.uploads.get(source.id);
    if (desk.paths) return { path: source.path, name: basename(source.path) };
    const what = 'files of the server cannot be opened from a browser';
    throw new SondeError('not-allowed', what, source.path, 'Upload the file.');
  });
}

function originOf(sources: Sources): 'path' | 'upload' {
  const kinds = new Set(sources.map(({ kind }) => kind));
  if (kinds.size === 1) return sources[0]!.kind;
  const cure = 'Add them one after the other.';
  throw new SondeError('bad-request', 'files that were sent and files of the machine cannot be one set', '', cure);
}

/** Sonde's own first. */
async function rowsOf(desk: Desk, signal?: CancelSignal): Promise<RuleSourceRow[]> {
  const [rows, known] = await Promise.all([desk.readers.ask('ruleSources', [], signal), desk.store.ruleSources()]);
  const gone = known.filter(({ files }) => files.some((name) => !existsSync(join(desk.rules.folder, name))));
  const missing = new Set(gone.map(({ id }) => id));
  return rows.map((row) => ({ ...row, missing: missing.has(row.id) }));
}

async function rowOf(desk: Desk, id: number): Promise<RuleSourceRow> {
  const row = (await rowsOf(desk)).find((each) => each.id === id);
  if (!row) throw gone(id);
  return row;
}

async function filesOf(desk: Desk, id: number): Promise<RuleSourceFiles> {
  const found = (await desk.store.ruleSources()).find((each) => each.id === id);
  if (!found) throw gone(id);
  return found;
}

function gone(id: number): SondeError {
  return new SondeError('not-found', 'this set or list is no longer there', String(id), 'Look at the list.');
}

/** The rule that a detector of incidents stands for. */
function numbersOf(detector: string): number[] {
  const [, sid] = /^signature:(\d{1,10})$/.exec(detector) ?? [];
  if (sid !== undefined) return [Number(sid)];
  return detector.startsWith('sigma:') ? [numberOf(detector)] : [];
}

function diffWords({ added, changed, gone: removed, compared }: RuleDiff): string {
  return compared ? `${added} new, ${changed} changed, ${removed} gone` : 'not compared';
}

/** Reads, keeps what was read, and lets go of what was sent. */
async function read(
  desk: Desk,
  sources: Sources | undefined,
  asked: Omit<Parameters<Desk['rules']['read']>[0], 'from'>,
  from: NamedPath[],
): Promise<{ source: RuleSourceRow; diff: RuleDiff }> {
  try {
    const { id, diff } = await desk.rules.read({ ...asked, from });
    return { source: await rowOf(desk, id), diff };
  } catch (error) {
    if (!(error instanceof SondeError)) throw error;
    const plain = withPlainNames(
      error.message,
      from.map(({ path }) => path),
    );
    throw new SondeError(error.code, plain, asked.name, error.cure, { cause: error });
  } finally {
    for (const source of sources ?? []) if (source.kind === 'upload') desk.uploads.remove(source.id);
  }
}

function adding(desk: Desk): Pick<DeskHandlers['rules'], 'add' | 'update'> {
  return {
    add: async ({ kind, name, sources }, { caller }) => {
      const origin = originOf(sources);
      const from = pathsOf(desk, sources);
      const called = (name ?? from.map((one) => one.name).join(', ')).slice(0, 200);
      const done = await read(desk, sources, { kind, name: called, origin, before: [], author: caller.user }, from);
      const off = done.source.enabled ? '' : '; nothing of it could be loaded, so it is not switched on';
      await desk.audit(caller.user, 'rules', called, `added: ${WORDS[kind]}, ${diffWords(done.diff)}${off}`);
      return done;
    },
    update: async ({ id, sources }, { caller }) => {
      const known = await filesOf(desk, id);
      const { kind, name, files: before } = known;
      if (known.origin === 'own') {
        const what = 'Sonde’s own rules come with Sonde';
        throw new SondeError('bad-request', what, name, 'They are brought up to date with it.');
      }
      if (!sources && known.origin === 'upload') {
        const cure = 'Send the file anew.';
        throw new SondeError('bad-request', `${name} was sent, and lies nowhere it could be read again`, name, cure);
      }
      const given: Sources = sources ?? known.paths.map((path) => ({ kind: 'path', path }));
      const origin = originOf(given);
      // What is read again from where it lay was allowed before.
      const from = sources ? pathsOf(desk, given) : known.paths.map((path) => ({ path, name: basename(path) }));
      const done = await read(desk, sources, { id, kind, name, origin, before, author: caller.user }, from);
      await desk.audit(caller.user, 'rules', name, `read again: ${diffWords(done.diff)}`);
      return done;
    },
  };
}

function switching(desk: Desk): Pick<DeskHandlers['rules'], 'remove' | 'setEnabled' | 'setRules' | 'setClass'> {
  return {
    remove: async ({ id }, { caller }) => {
      const { name, origin, files } = await filesOf(desk, id);
      if (origin === 'own') {
        throw new SondeError('bad-request', 'Sonde’s own rules cannot be removed', name, 'Switch them off.');
      }
      await desk.store.removeRuleSource(id);
      await removeLists(desk.rules.folder, files);
      desk.rulesChanged();
      await desk.audit(caller.user, 'rules', name, 'removed');
      return {};
    },
    setEnabled: async ({ id, enabled }, { caller }) => {
      const { name } = await filesOf(desk, id);
      await desk.store.setRuleSource(id, enabled);
      desk.rulesChanged();
      await desk.audit(caller.user, 'rules', name, enabled ? 'switched on' : 'switched off');
      return {};
    },
    setRules: async ({ sids, enabled }, { caller }) => {
      await desk.store.setRulesOff('sid', sids.map(String), !enabled);
      desk.rulesChanged();
      const named = sids.slice(0, NAMED).join(', ') + (sids.length > NAMED ? ', …' : '');
      await desk.audit(caller.user, 'rules', `sid ${named}`, enabled ? 'switched on' : 'switched off');
      return {};
    },
    setClass: async ({ classtype, enabled }, { caller }) => {
      await desk.store.setRulesOff('class', [classtype], !enabled);
      desk.rulesChanged();
      const named = classtype === '' ? 'rules of no class' : `class ${classtype}`;
      await desk.audit(caller.user, 'rules', named, enabled ? 'switched on' : 'switched off');
      return {};
    },
  };
}

export function ruleHandlers(desk: Desk): DeskHandlers['rules'] {
  const { readers } = desk;
  return {
    ...adding(desk),
    ...switching(desk),
    sources: async (_, { signal }) => {
      const [sources, cut] = await Promise.all([rowsOf(desk, signal), readers.ask('rulesCut', [], signal)]);
      return { sources, cut };
    },
    list: ({ detectors, ...input }, { signal }) => {
      const sids = detectors ? [...(input.sids ?? []), ...detectors.flatMap(numbersOf)] : input.sids;
      return readers.ask('listRules', [{ ...input, ...(sids ? { sids } : {}) }], signal);
    },
    refused: (input, { signal }) => readers.ask('listRefused', [input], signal),
    classes: async (_, { signal }) => ({ classes: await readers.ask('ruleClasses', [], signal) }),
    try: async ({ capture, text }, { signal }) => {
      const detail = await readers.ask('getCapture', [capture], signal);
      const ring = await livePackets(desk.rings, detail);
      const paths = ring ?? detail.inputs.map(({ path }) => path);
      try {
        const { networks } = await readSettings(desk.store);
        const tried = await desk.rules.try({ paths, text, networks }, signal);
        // What was kept of a session begins somewhere in it: flows have other numbers there.
        return ring ? { ...tried, hits: tried.hits.map((hit) => ({ ...hit, flow: null })) } : tried;
      } catch (error) {
        if (!(error instanceof SondeError)) throw error;
        throw new SondeError(error.code, withPlainNames(error.message, paths), detail.name, error.cure, {
          cause: error,
        });
      }
    },
  };
}
