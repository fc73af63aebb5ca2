/** Files that leave to a place the user chooses: exports, and the page as a PDF. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from '../../../src-shared/contract/schema.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import type { DialogParts, Page } from './electron-parts.ts';
import type { EngineHost } from './engine-host.ts';

export interface SavingParts {
  dialog: Pick<DialogParts, 'showSaveDialog'>;
  engine: Pick<EngineHost, 'ask'>;
  /** Where dialogs begin. */
  documents: string;
}

/** A name of a file, no path. */
export const fileName = z
  .string()
  .min(1)
  .max(200)
  .refine(
    (name) => basename(name) === name && !/[\\/:*?"<>|\0-\x1f]/.test(name) && !name.startsWith('.'),
    'is no name of a file',
  );

/** Asks where to keep a file, and keeps it there; null when the user changed their mind. @throws SondeError */
export async function saveFile(
  { dialog, engine, documents }: SavingParts,
  id: string,
  name: string,
): Promise<string | null> {
  const { canceled, filePath } = await dialog.showSaveDialog({ defaultPath: join(documents, name) });
  if (canceled || filePath === '') return null;
  await engine.ask({ what: 'save', id, to: filePath });
  return filePath;
}

/** The page as it would be printed; null when the user changed their mind. @throws SondeError */
export async function printToPdf(
  { dialog, engine, documents }: SavingParts,
  page: Pick<Page, 'printToPDF'>,
  name: string,
): Promise<string | null> {
  const { canceled, filePath } = await dialog.showSaveDialog({
    defaultPath: join(documents, name),
    filters: [{ name: 'PDF', extensions: ['pdf'] }],
  });
  if (canceled || filePath === '') return null;
  await engine.ask({ what: 'protect', path: filePath });
  const bytes = await page.printToPDF({ printBackground: true, pageSize: 'A4' });
  const part = `${filePath}.part`;
  try {
    await writeFile(part, bytes, { flag: 'wx' });
    await rename(part, filePath);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) await rm(part, { force: true });
    throw new SondeError('write-failed', `${filePath}: cannot be written`, filePath, 'Choose another place.', {
      cause: error,
    });
  }
  return filePath;
}
