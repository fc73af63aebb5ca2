import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useEffect, useState, type FormEvent } from 'react';
import type { SondeError } from '../../src-shared/errors.ts';
import { ErrorNote } from '../components/states.tsx';
import { useReconnect } from '../lib/desk.tsx';
import { asSondeError } from '../lib/queries.ts';
import { placeAfterToken, signIn, tokenOf, type Credentials } from '../lib/sign-in.ts';
import { Logo } from './Logo.tsx';

/** Asked when the program does not know this browser. */
export function SignIn() {
  const reconnect = useReconnect();
  const [error, setError] = useState<SondeError | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    // The printed address, opened in this very tab, changes the fragment only: no page is loaded anew.
    const follow = (): void => {
      const token = tokenOf(location.hash);
      if (token === null) return;
      history.replaceState(null, '', `${location.pathname}#${placeAfterToken(location.hash)}`);
      signIn({ token }).then(reconnect, (thrown) => setError(asSondeError(thrown)));
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, [reconnect]);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    setBusy(true);
    try {
      await signIn(credentialsOf(text(fields.get('user')), text(fields.get('password'))));
      reconnect();
    } catch (thrown) {
      setError(asSondeError(thrown));
    } finally {
      setBusy(false);
    }
  };
  return (
    <main className="centred">
      <div className="card">
        <h1>
          <Logo /> Sign in to Sonde
        </h1>
        <p className="dim">
          Open the address that <code>sonde serve</code> printed, paste it here, or give your name and password.
        </p>
        <form onSubmit={(event) => void submit(event)}>
          {error ? <ErrorNote error={error} /> : null}
          <TextInput
            name="user"
            label="Name, or the address that was printed"
            autoComplete="username"
            required
            autoFocus
          />
          <PasswordInput
            name="password"
            label="Password"
            description="Not needed with an address"
            autoComplete="current-password"
          />
          <Button type="submit" loading={busy}>
            Sign in
          </Button>
        </form>
      </div>
    </main>
  );
}

function text(value: FormDataEntryValue | null): string {
  return typeof value === 'string' ? value.trim() : '';
}

/** An address with its token stands in the field for the name. */
export function credentialsOf(user: string, password: string): Credentials {
  const mark = user.indexOf('#');
  const token = mark < 0 ? null : tokenOf(user.slice(mark));
  return token === null ? { user, password } : { token };
}
