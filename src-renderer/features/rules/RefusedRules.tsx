/** What could not be taken, and why. */
import { More } from '../../components/More.tsx';
import { Panel } from '../../components/Panel.tsx';
import { Empty, Shown } from '../../components/states.tsx';
import { useGrowing } from '../../lib/growing.ts';
import { counted } from '../../lib/numbers.ts';
import { useParams } from '../../lib/place.tsx';
import { narrowed, RuleSearch } from './RuleSearch.tsx';

const STEP = 100;

export function RefusedRules() {
  const [params] = useParams();
  const question = { ...narrowed(params), limit: STEP };
  const asked = useGrowing(
    `refused rules ${JSON.stringify(question)}`,
    (client, cursor, signal) => client.rules.refused({ ...question, ...cursor }, { signal }),
    ['rules'],
  );
  return (
    <Panel
      title={asked.data ? `${counted(asked.data.total, 'entry', 'entries')} refused` : 'Refused'}
      note="a rule is taken whole or not at all"
      tools={<RuleSearch label="Search what was refused" hint="Number, keyword, reason, file" />}
    >
      <Shown asked={asked} what="what was refused">
        {({ rows, total }) =>
          rows.length === 0 ? (
            <None isNarrowed={question.search !== '' || 'source' in question} />
          ) : (
            <div className="table-scroll">
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">Set</th>
                    <th scope="col">File</th>
                    <th scope="col" className="number">
                      Line
                    </th>
                    <th scope="col">Number</th>
                    <th scope="col">Keyword</th>
                    <th scope="col">Why</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map(({ source, sourceName, file, line, sid, keyword, reason }, at) => (
                    <tr key={`${source} ${file} ${line} ${at}`}>
                      <td className="rules-set">{sourceName}</td>
                      <td className="rules-name">{file}</td>
                      <td className="number">{line}</td>
                      <td>{sid === 0 ? '' : sid}</td>
                      <td>{keyword === '' ? '' : <code>{keyword}</code>}</td>
                      <td>{reason}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
              <More shown={rows.length} total={total} onMore={asked.more} busy={asked.loading} />
            </div>
          )
        }
      </Shown>
    </Panel>
  );
}

function None({ isNarrowed }: { isNarrowed: boolean }) {
  return isNarrowed ? (
    <Empty title="Nothing fits">Clear the search, or choose all sets.</Empty>
  ) : (
    <Empty title="Nothing was refused">All rules and entries that were read are looked by.</Empty>
  );
}
