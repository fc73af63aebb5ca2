import { MantineProvider } from '@mantine/core';
import { ToastProvider } from '../components/toast.tsx';
import type { Connection } from '../lib/connection.ts';
import { DeskProvider } from '../lib/desk.tsx';
import { KeysProvider } from '../lib/keys.tsx';
import { useScheme } from '../lib/scheme.ts';
import '../styles/index.css';
import { Shell } from './Shell.tsx';
import { theme } from './theme.ts';

/** The desk over a connection. */
export function App({ connection }: { connection: Connection }) {
  const scheme = useScheme();
  return (
    <MantineProvider theme={theme} forceColorScheme={scheme} withCssVariables={false} withGlobalClasses={false}>
      <DeskProvider connection={connection}>
        <KeysProvider>
          <ToastProvider>
            <Shell />
          </ToastProvider>
        </KeysProvider>
      </DeskProvider>
    </MantineProvider>
  );
}
