/** Shows notifications of the desktop channel where this browser was allowed to. */
import { useEffect, useSyncExternalStore } from 'react';
import { mayDo } from '../../src-shared/contract/define.ts';
import { useLine, useSession } from '../lib/desk.tsx';
import { noticePermission, showNotice, subscribeToPermission } from '../lib/notices.ts';

export function BrowserNotices() {
  const line = useLine();
  const session = useSession();
  const permission = useSyncExternalStore(subscribeToPermission, noticePermission);
  const isFor = permission === 'granted' && session !== undefined && mayDo(session.role, 'analyst');
  useEffect(() => {
    if (!isFor || line.state !== 'open' || !line.client) return;
    return line.client.alerts.notices({}, { next: showNotice });
  }, [isFor, line]);
  return null;
}
