/** Notifications of the desktop channel: where a click on one leads, and the browsers that show them. */
import type { Output } from '../../../../src-shared/contract/define.ts';
import type { contract } from '../../../../src-shared/contract/index.ts';
import type { DesktopNotice } from '../../../keep/alerts/channels/desktop.ts';
import type { Readers } from '../../../keep/store/readers.ts';

export type NoticeShown = Output<typeof contract.alerts.notices>;

export class Notices {
  private readonly readers: Pick<Readers, 'ask'>;
  private readonly pages = new Set<(notice: NoticeShown) => void>();

  constructor(readers: Pick<Readers, 'ask'>) {
    this.readers = readers;
  }

  /** A page that may show notifications, until the function it returns is called. */
  listen(page: (notice: NoticeShown) => void): () => void {
    this.pages.add(page);
    return () => void this.pages.delete(page);
  }

  /** As it is shown: with the capture in which its incident is found. A notice is shown also where none is. */
  async placed({ key, title, body, incident: uid }: DesktopNotice): Promise<NoticeShown> {
    const capture =
      uid === undefined ? null : ((await this.readers.ask('incidentCaptures', [uid]).catch(() => []))[0] ?? null);
    return { key, title, body, incident: uid === undefined || capture === null ? null : { capture, uid } };
  }

  /** In every page that listens; false where there is none. */
  async show(notice: DesktopNotice): Promise<boolean> {
    if (this.pages.size === 0) return false;
    const shown = await this.placed(notice);
    for (const page of this.pages) page(shown);
    return this.pages.size > 0;
  }
}
