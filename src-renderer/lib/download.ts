import { isDesktop, saveDownload } from './shell.ts';

/**
 * Fetches a file the program has made ready. The browser keeps it where its user keeps downloads, the desktop asks.
 *
 * @throws SondeError where the desktop cannot keep it
 */
export async function download({ download: id, name }: { download: string; name: string }): Promise<void> {
  if (isDesktop()) return void (await saveDownload(id, name));
  const link = document.createElement('a');
  link.href = `./download/${encodeURIComponent(id)}`;
  link.download = name;
  link.click();
}
