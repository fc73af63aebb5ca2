/** Of the desktop channel: whether this browser shows its notifications, and the question that lets it. */
import { Button } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { askPermission, noticePermission, subscribeToPermission } from '../../../lib/notices.ts';

export function InBrowser() {
  const permission = useSyncExternalStore(subscribeToPermission, noticePermission);
  switch (permission) {
    case 'none':
      return null;
    case 'granted':
      return <p className="dim">This browser shows its notifications while the desk is open in it.</p>;
    case 'denied':
      return <p className="dim">This browser was told not to show notifications of the desk: allow them there.</p>;
    case 'default':
      return (
        <p className="alert-buttons">
          <Button size="compact-xs" variant="default" onClick={() => void askPermission()}>
            Show them in this browser
          </Button>
          <span className="dim">Without that they are shown by the machine on which Sonde runs.</span>
        </p>
      );
  }
}
