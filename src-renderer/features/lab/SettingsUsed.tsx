/** How detectors were set, and what a search tried on validation data. */
import type { LabReport, ParameterSearch } from '../../../src-shared/contract/topics/lab.ts';
import { Figure } from './Figure.tsx';
import { detectorName, fixed, SAMPLING_WORDS, WEIGHT_WORDS } from './words.ts';

type Used = NonNullable<LabReport['settings']>;

export function SettingsUsed({ settings, name }: { settings: Used; name: string }) {
  const { classWeights, sampling, parameters, search } = settings;
  const rows = Object.entries(parameters).flatMap(([detector, values]) =>
    Object.entries(values).map(([parameter, value]) => ({ detector, parameter, value })),
  );
  const sought = new Set(search.map(({ detector }) => detector));
  return (
    <Figure
      title="Settings"
      note="all parameters, set or usual; of those with a search what it chose"
      name={`${name}-settings`}
      picture={false}
      csv={() => ({
        head: ['detector', 'parameter', 'value'],
        rows: [
          ['', 'class weights', classWeights],
          ['', 'sampling', sampling],
          ...rows.map(({ detector, parameter, value }) => [detector, parameter, value]),
        ],
      })}
    >
      <p>
        Of detectors that learn from labels: {WEIGHT_WORDS[classWeights].toLowerCase()};{' '}
        {SAMPLING_WORDS[sampling].toLowerCase()}.
      </p>
      {rows.length === 0 ? (
        <p className="dim">None of these detectors has anything to be set.</p>
      ) : (
        <div className="table-scroll lab-tall" tabIndex={0} role="region" aria-label="Parameters of the detectors">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Detector</th>
                <th scope="col">Parameter</th>
                <th scope="col" className="number">
                  Value
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ detector, parameter, value }) => (
                <tr key={`${detector} ${parameter}`}>
                  <td className="nowrap">
                    {detectorName(detector)} {sought.has(detector) ? <span className="tag">searched</span> : null}
                  </td>
                  <td>{parameter}</td>
                  <td className="number">{value}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Figure>
  );
}

export function SettingsTried({ search, name }: { search: ParameterSearch; name: string }) {
  const { detector, criterion, tried, chosen } = search;
  const ids = Object.keys(chosen);
  const folds = tried[0]?.folds ?? [];
  const best = tried.findIndex(({ mean }) => mean === Math.max(...tried.map((each) => each.mean)));
  const title = `Settings tried: ${detectorName(detector)}`;
  return (
    <Figure
      title={title}
      note={criterion}
      name={`${name}-${detector}-search`}
      picture={false}
      csv={() => ({
        head: [...ids, ...folds.map((_, f) => `ROC-AUC ${f + 1}`), 'mean', 'chosen'],
        rows: tried.map(({ parameters, folds: found, mean }, t) => [
          ...ids.map((id) => parameters[id] ?? null),
          ...found,
          mean,
          t === best ? 1 : 0,
        ]),
      })}
    >
      <div className="table-scroll lab-tall" tabIndex={0} role="region" aria-label="Each setting and its figures">
        <table className="table">
          <thead>
            <tr>
              {ids.map((id) => (
                <th key={id} scope="col" className="number">
                  {id}
                </th>
              ))}
              {folds.map((_, f) => (
                <th key={f} scope="col" className="number">
                  ROC-AUC {f + 1}
                </th>
              ))}
              <th scope="col" className="number">
                Mean
              </th>
              <th scope="col">
                <span className="sr-only">Chosen</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {tried.map(({ parameters, folds: found, mean }, t) => (
              <tr key={t} aria-selected={t === best}>
                {ids.map((id) => (
                  <td key={id} className="number">
                    {parameters[id] ?? '–'}
                  </td>
                ))}
                {found.map((auc, f) => (
                  <td key={f} className="number">
                    {fixed(auc)}
                  </td>
                ))}
                <td className="number">{fixed(mean)}</td>
                <td>{t === best ? <span className="tag lab-selected">chosen</span> : null}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="dim">
        The first is the usual one, but for what was set. Where the figures of one setting differ by more than the means
        do, little is told.
      </p>
    </Figure>
  );
}
