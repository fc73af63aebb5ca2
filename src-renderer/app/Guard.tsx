import { Component, type ReactNode } from 'react';
import { ErrorNote } from '../components/states.tsx';
import { asSondeError } from '../lib/queries.ts';

/** A fault in one view leaves the rest of the desk standing. */
export class Guard extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return <ErrorNote error={asSondeError(this.state.error)} retry={() => this.setState({ error: null })} />;
  }
}
