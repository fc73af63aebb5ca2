import { Button, Group, Modal } from '@mantine/core';
import type { ReactNode } from 'react';

interface ConfirmProps {
  title: string;
  /** What the button does, as a verb. */
  verb: string;
  open: boolean;
  busy?: boolean;
  /** Nothing is lost by it. */
  harmless?: boolean;
  onClose(): void;
  onConfirm(): void;
  children: ReactNode;
}

/** Asks before what cannot be taken back, or takes a while. */
export function Confirm({
  title,
  verb,
  open,
  busy = false,
  harmless = false,
  onClose,
  onConfirm,
  children,
}: ConfirmProps) {
  return (
    <Modal opened={open} onClose={onClose} title={title}>
      {children}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button {...(harmless ? {} : { color: 'red' })} loading={busy} onClick={onConfirm}>
          {verb}
        </Button>
      </Group>
    </Modal>
  );
}
