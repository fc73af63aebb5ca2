/** Roles that hosts of a capture seem to have: a question each, answered by one click. */
import { Button } from '@mantine/core';
import type { Output } from '../../../src-shared/contract/define.ts';
import type { contract } from '../../../src-shared/contract/index.ts';
import type { ProposedRoleShown } from '../../../src-shared/contract/topics/roles.ts';
import { ROLE_WORK, roleTitle, type RoleDecision } from '../../../src-shared/domain/roles.ts';
import { HostLink } from '../../components/HostLink.tsx';
import { Panel } from '../../components/Panel.tsx';
import { ErrorNote } from '../../components/states.tsx';
import { useTell } from '../../components/toast.tsx';
import { useAct } from '../../lib/desk.tsx';
import { counted } from '../../lib/numbers.ts';
import { useLock } from '../../lib/role.ts';

export type RolesAnswer = Output<(typeof contract)['roles']['list']>;
type Decided = Pick<ProposedRoleShown, 'address' | 'role' | 'decision' | 'within'>;
type Decide = (of: Decided, decision: RoleDecision | null) => void;

const WORDS: Record<RoleDecision, string> = { confirmed: 'confirmed', rejected: 'rejected' };

/** What is shown less severe by it, and where. */
function quietText({ role, within }: Pick<Decided, 'role' | 'within'>): string {
  const { quiet } = ROLE_WORK[role];
  return `${quiet}${within.length > 0 ? ` (${within.join(', ')})` : ''}. Nothing else.`;
}

function told({ address, role }: Decided, decision: RoleDecision | null): string {
  if (decision === null) return `${address}: ${roleTitle(role)} is neither confirmed nor rejected any more.`;
  return `${address}: ${roleTitle(role)} ${WORDS[decision]}. It counts for what is read from now on.`;
}

export function Roles({ capture, answer }: { capture: number; answer: RolesAnswer }) {
  const { act, busy, error } = useAct();
  const tell = useTell();
  const lock = useLock();
  const decided = async (of: Decided, decision: RoleDecision | null): Promise<void> => {
    const { address, role } = of;
    const done = await act((client) => client.roles.decide({ capture, address, role, decision }));
    if (done) tell(told(of, decision));
  };
  const decide: Decide = (of, decision) => void decided(of, decision);
  const open = (answer.proposed ?? []).filter(({ decision }) => decision === null);
  const settled: Decided[] = [...(answer.proposed ?? []).filter(({ decision }) => decision !== null), ...answer.others];
  if (open.length === 0 && settled.length === 0) return null;
  const off = { ...lock, disabled: lock.disabled || busy };
  return (
    <Panel title="Proposed roles" note="by what they did; nothing changes before you confirm">
      {error ? <ErrorNote error={error} /> : null}
      {open.length === 0 ? null : (
        <ul className="role-list" aria-label="Proposed roles">
          {open.map((each) => (
            <Proposal key={`${each.address} ${each.role}`} of={each} off={off} onDecide={decide} />
          ))}
        </ul>
      )}
      <DecidedRoles list={settled} off={off} onDecide={decide} />
    </Panel>
  );
}

interface Controls {
  off: { disabled: boolean; title?: string };
  onDecide: Decide;
}

function Proposal({ of, off, onDecide }: { of: ProposedRoleShown } & Controls) {
  const title = roleTitle(of.role);
  return (
    <li className="role">
      <div className="role-who">
        <strong>{title}</strong>
        <span className="in-words">
          <HostLink address={of.address} /> <span className="dim">{of.name}</span>
        </span>
      </div>
      <div className="role-why">
        <p>{of.evidence.map(({ fact }) => fact).join('; ')}</p>
        {of.against.map((doubt) => (
          <p key={doubt} className="role-against">
            {doubt}
          </p>
        ))}
        <p className="dim">Once confirmed, less severe: {quietText(of)}</p>
      </div>
      <div className="role-buttons">
        <Button
          size="compact-sm"
          {...off}
          aria-label={`Confirm: ${of.address} is a ${title}`}
          onClick={() => onDecide(of, 'confirmed')}
        >
          Confirm
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          {...off}
          aria-label={`Reject: ${of.address} is no ${title}`}
          onClick={() => onDecide(of, 'rejected')}
        >
          Reject
        </Button>
      </div>
    </li>
  );
}

function DecidedRoles({ list, off, onDecide }: { list: readonly Decided[] } & Controls) {
  if (list.length === 0) return null;
  return (
    <details className="role-decided">
      <summary>{counted(list.length, 'role')} decided</summary>
      <ul className="role-list" aria-label="Decided roles">
        {list.map((each) => (
          <li key={`${each.address} ${each.role}`} className="role">
            <div className="role-who">
              <strong>{roleTitle(each.role)}</strong>
              <span>{each.address}</span>
            </div>
            <div className="role-why">
              <p>
                <span className="tag">{each.decision === null ? '' : WORDS[each.decision]}</span>{' '}
                {each.decision === 'confirmed' ? `Less severe: ${quietText(each)}` : 'It is not proposed again.'}
              </p>
            </div>
            <div className="role-buttons">
              <Button
                size="compact-sm"
                variant="default"
                {...off}
                aria-label={`Take back: ${each.address} ${roleTitle(each.role)}`}
                onClick={() => onDecide(each, null)}
              >
                Take back
              </Button>
            </div>
          </li>
        ))}
      </ul>
    </details>
  );
}
