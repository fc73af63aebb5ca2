/** Every check, in the order in which they are told. */
import { capture } from './checks/capture.ts';
import { database } from './checks/database.ts';
import { dataFolderCheck, temporary } from './checks/disk.ts';
import { pages } from './checks/pages.ts';
import { cap, shell, sqlite, tensors } from './checks/parts.ts';
import { machine, program } from './checks/program.ts';
import { programs } from './checks/programs.ts';
import { baseModel, resources } from './checks/resources.ts';
import { secrets } from './checks/secrets.ts';
import type { Check } from './types.ts';

export const CHECKS: readonly Check[] = [
  program,
  machine,
  sqlite,
  cap,
  tensors,
  shell,
  pages,
  resources,
  baseModel,
  capture,
  dataFolderCheck,
  temporary,
  database,
  secrets,
  programs,
];
