/** Entries of the audit log in words. */
import type { AuditAction } from '../../../src-shared/contract/topics/audit.ts';

const ACTIONS: Readonly<Record<AuditAction, string>> = {
  'sign-in': 'signed in',
  'sign-in-refused': 'was refused',
  'sign-out': 'signed out',
  open: 'opened',
  import: 'imported',
  cancel: 'cancelled an import',
  remove: 'removed',
  rename: 'renamed',
  status: 'set a status',
  suppress: 'changed what is silenced',
  export: 'exported',
  filter: 'saved a filter',
  settings: 'changed settings',
  watch: 'started to watch',
  'watch-end': 'stopped watching',
  mark: 'marked',
  'install-helper': 'asked to install the capture helper',
  experiment: 'ran an experiment',
  'model-train': 'trained a model',
  'model-import': 'brought in a model',
  'model-rename': 'renamed a model',
  'model-promote': 'promoted a model',
  'model-roll-back': 'rolled back to',
  'model-withdraw': 'withdrew a model',
  'model-remove': 'removed a model',
  'model-retrain': 'learned again',
  score: 'scored a file',
  rules: 'changed rules and lists',
  quality: 'put away or brought back a warning about a capture',
  role: 'decided on a role',
  'open-case': 'opened or put away a case',
  diagnostics: 'saved a diagnostic bundle',
  'delete-data': 'asked to delete all data',
};

export function actionText(action: AuditAction): string {
  return ACTIONS[action];
}

/** Names of settings, as the view of settings has them. */
const SETTINGS: Readonly<Record<string, string>> = {
  profile: 'environment',
  budget: 'alarm budget',
  networks: 'networks that are ours',
  devices: 'known devices',
  roles: 'roles of hosts',
  timeZone: 'time zone',
  theme: 'theme',
  retentionDays: 'retention in days',
  tourSeen: 'introduction seen',
  retraining: 'daily learning',
};

const settingName = (name: string): string => SETTINGS[name] ?? name;

export function objectText(action: AuditAction, object: string): string {
  if (action === 'settings') return object.split(', ').map(settingName).join(', ');
  return action.startsWith('sign-') ? `from ${object}` : object;
}

/** Of settings the log keeps JSON, cut at 1,000 characters: what can be read is said in words. */
export function detailText(action: AuditAction, detail: string): string {
  if (action === 'sign-in') return `as ${detail}`;
  if (action !== 'settings') return detail;
  try {
    const given: unknown = JSON.parse(detail);
    if (typeof given !== 'object' || given === null) return detail;
    return Object.values(given as Record<string, unknown>)
      .map(valueText)
      .join('; ');
  } catch {
    return detail;
  }
}

function valueText(value: unknown): string {
  if (value === null || value === '') return 'as usual';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(valueText).join(', ');
  if (typeof value === 'object') return Object.values(value).filter(Boolean).map(valueText).join(' ');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
