import { isDesktop, saveDownload } from './shell.ts';

/**
 * Fetches a file the program has made ready. The browser keeps it where its user keeps downloads, the desktop asks.
 * Whether it was handed over: on the desktop people may change their mind.
 *
 * @throws SondeError where the desktop cannot keep it
 */
export async function download({ download: id, name }: { download: string; name: string }): Promise<boolean> {
  if (isDesktop()) return (await saveDownload(id, name)) !== null;
  const link = document.createElement('a');
  link.href = `./download/${encodeURIComponent(id)}`;
  link.download = name;
  link.click();
  return true;
}
