import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Encoder } from '../../../src-main/detect/lab/encode.ts';
import { adviceFor } from '../../../src-main/detect/lab/formats/advice.ts';
import { mostRows, TableBuilder } from '../../../src-main/detect/lab/formats/builder.ts';
import { csvReader, fieldsOf, likelyHeads, type RowReader } from '../../../src-main/detect/lab/formats/csv.ts';
import { guessColumn, looksLikeLabel } from '../../../src-main/detect/lab/formats/guess.ts';
import { inspect } from '../../../src-main/detect/lab/formats/inspect.ts';
import { verdictOf, yesOrNo } from '../../../src-main/detect/lab/formats/labels.ts';
import { mappedReader } from '../../../src-main/detect/lab/formats/mapped-csv.ts';
import { mappingOf } from '../../../src-main/detect/lab/formats/mapping.ts';
import { FORMATS, readTable, type ReadProgress } from '../../../src-main/detect/lab/formats/registry.ts';
import { secondsOf } from '../../../src-main/detect/lab/formats/times.ts';
import { BadRecord, NeverClosed, numberOf } from '../../../src-main/detect/lab/formats/types.ts';
import { FLOW_CSV_HEADER } from '../../../src-main/meter/flows/record.ts';
import { SondeError } from '../../../src-shared/errors.ts';
import { load } from '../../../src-main/detect/lab/load.ts';
import { allRows, type Warning } from '../../../src-main/detect/lab/split.ts';
import { column, fileWriter, ofRole, wordsOf } from './format-files.ts';
import { labelledRecords } from './records.ts';

const file = fileWriter();
const mapping = { label: 'verdict', positive: ['bad'] };

describe('fields of a record', () => {
  it('may be quoted, with delimiters, quotes and line ends inside', () => {
    expect(fieldsOf('a,"b,""c""",d', ',')).toEqual(['a', 'b,"c"', 'd']);
    expect(fieldsOf('"x\ny";""', ';')).toEqual(['x\ny', '']);
    expect(fieldsOf('a,', ',')).toEqual(['a', '']);
    expect(fieldsOf('5" disk,b', ',')).toEqual(['5" disk', 'b']);
    expect(fieldsOf('a,"b', ',')).toBeUndefined();
    expect(() => fieldsOf('"a"b,c', ',')).toThrow(BadRecord);
  });

  it('come back as they were written', () => {
    const cell = fc.string({ maxLength: 12, unit: fc.constantFrom('a', ',', ';', '"', '\n', ' ', 'é') });
    const write = (cells: string[], delimiter: string): string =>
      cells.map((text) => `"${text.replaceAll('"', '""')}"`).join(delimiter);
    fc.assert(
      fc.property(
        fc.array(cell, { minLength: 1, maxLength: 6 }),
        fc.constantFrom(',', ';', '\t'),
        (cells, delimiter) => {
          expect(fieldsOf(write(cells, delimiter), delimiter)).toEqual(cells);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('of any text are fields, a bad record or an open quote, never an error of ours', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', ',', '"', '\n'), maxLength: 30 }), (text) => {
        try {
          expect(fieldsOf(text, ',')?.length ?? 1).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(BadRecord);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a reader of delimited lines', () => {
  const rows: RowReader = {
    columns: [],
    read: (fields) => ({ values: [...fields], attack: false, kind: '', identity: 0, time: NaN }),
  };
  const reader = () => csvReader(rows, { delimiter: ',', header: ['a', 'b'], rows: [] });
  const all = (...lines: string[]): (unknown[] | undefined)[] => {
    const made = reader();
    return lines.map((line, i) => made.read(line, i + 1)?.values as unknown[] | undefined);
  };

  it('passes the header, comments above it and blank lines', () => {
    expect(all('# c', '', ' a ,b', '1,2', '# 3,4', '')).toEqual([
      undefined,
      undefined,
      undefined,
      ['1', '2'],
      ['# 3', '4'],
      undefined,
    ]);
    expect(all('1,2')).toEqual([['1', '2']]);
  });

  it('joins lines of a quoted field', () => {
    expect(all('a,b', '1,"x', 'y', '', 'z"', '3,4')).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      ['1', 'x\ny\n\nz'],
      ['3', '4'],
    ]);
  });

  it('goes on after a record whose quotes are wrong', () => {
    const made = reader();
    made.read('a,b', 1);
    made.read('1,"x', 2);
    expect(() => made.read('3,"4"', 3)).toThrow(BadRecord);
    expect(made.read('5,6', 4)?.values).toEqual(['5', '6']);
    expect(made.end?.()).toBeUndefined();
  });

  it('names the line of a quote that never closes, at the end or after a thousand lines', () => {
    const made = reader();
    made.read('a,b', 1);
    made.read('1,"x', 2);
    expect(() => made.end?.()).toThrow('the quote that opens in line 2 never closes');
    expect(() => {
      for (let line = 3; line < 1100; line++) made.read('1,2', line);
    }).toThrow(NeverClosed);
  });

  it('notices the delimiter by how evenly it divides', () => {
    const delimiter = (...lines: string[]): string | undefined => likelyHeads(lines)[0]?.delimiter;
    expect(delimiter('a;b;c', '1,5;2;3', '1;2,5;3')).toBe(';');
    expect(delimiter('a\tb, c', '1\t2', '3\t4')).toBe('\t');
    expect(delimiter('a|b', '1|2')).toBe('|');
    expect(delimiter('abc', '1')).toBeUndefined();
  });
});

describe('numbers, times and verdicts', () => {
  it('are read exactly, or refused', () => {
    const spec = { name: 'x', kind: 'numeric', role: 'feature' } as const;
    for (const text of [
      '0',
      '7',
      '0.1',
      '.5',
      '1.',
      '123456789012345',
      '1234.5678901234',
      '-3',
      '1e5',
      '2.5E-3',
      ' 4 ',
    ]) {
      expect(numberOf(text, spec)).toBe(Number(text));
    }
    for (const text of ['', ' ', '.', '1.2.3', 'x', '1,5', 'NaN', 'Infinity', '1e39']) {
      expect(() => numberOf(text, spec)).toThrow('x is not a number');
    }
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: 0, max: 1e12 }), fc.nat(8), (value, digits) => {
        expect(numberOf(value.toFixed(digits), spec)).toBe(Number(value.toFixed(digits)));
      }),
    );
  });

  it('of dates are UTC, day before month', () => {
    const at = (...parts: [number, number, number, number, number, number?]): number => Date.UTC(...parts) / 1000;
    expect(secondsOf('5/7/2017 8:55')).toBe(at(2017, 6, 5, 8, 55));
    expect(secondsOf('03/07/2017 02:55:58 PM')).toBe(at(2017, 6, 3, 14, 55, 58));
    expect(secondsOf('03/07/2017 12:00:00 am')).toBe(at(2017, 6, 3, 0, 0, 0));
    expect(secondsOf('2011/08/10 09:46:59.5')).toBe(at(2011, 7, 10, 9, 46, 59) + 0.5);
    expect(secondsOf('2024-02-29T23:59:60Z')).toBe(at(2024, 2, 1, 0, 0, 0));
    expect(secondsOf('1421927414')).toBe(1421927414);
    for (const text of ['', '31/02/2018 10:00', '2023-02-29 00:00:00', '1/13/2017 8:55', '24:00', '14/02/2018 25:00']) {
      expect(secondsOf(text)).toBeNaN();
    }
  });

  it('of labels are ordinary, attack with its kind, or neither', () => {
    expect(verdictOf(' BENIGN ', 'label').attack).toBe(false);
    expect(verdictOf('1', 'label')).toEqual({ attack: true, kind: 'attack' });
    expect(verdictOf('Port  Scan', 'label')).toEqual({ attack: true, kind: 'Port Scan' });
    expect(() => verdictOf('Background', 'label')).toThrow(BadRecord);
    expect([yesOrNo('True', 'x'), yesOrNo('no', 'x')]).toEqual([true, false]);
    expect(() => yesOrNo('2', 'x')).toThrow('x says neither yes nor no');
  });
});

describe('columns of any CSV', () => {
  it('are known by their names and values', () => {
    const role = (name: string, ...values: string[]): string => guessColumn(name, values).role;
    expect(role('client', '10.0.0.1', '10.0.0.2')).toBe('source');
    expect(role('DstAddr', 'fe80::1', '::1')).toBe('target');
    expect(role('nic', '00:11:22:33:44:55')).toBe('shortcut');
    expect(role('sttl', '254', '31')).toBe('shortcut');
    expect(role('Dst Port', '80')).toBe('shortcut');
    expect(role('when', '2024-01-01 00:00:00')).toBe('time');
    expect(role('timestamp', '1700000000.5')).toBe('time');
    expect(role('time', '0.5', '12')).toBe('shortcut');
    expect(role('Unnamed: 0', '1')).toBe('left-out');
    expect(role('attack_cat', 'DoS')).toBe('left-out');
    expect(role('duration', '0.5', '', 'NaN')).toBe('feature');
    expect(guessColumn('duration', ['0.5', '', 'NaN']).type).toBe('numeric');
    expect(guessColumn('flags', ['1', 'S0']).type).toBe('categorical');
    expect(guessColumn('bytes', ['seven', ...new Array<string>(20).fill('7')]).type).toBe('numeric');
    expect(
      guessColumn(
        'session',
        Array.from({ length: 200 }, (_, i) => `s${i}`),
      ).why,
    ).toBe('it is different in every record');
    expect(guessColumn('payload', ['x'.repeat(200)]).why).toBe('it holds long texts');
    expect(
      ['label', 'Class', 'is_attack', 'attack type', 'y', 'verdict'].filter((name) => !looksLikeLabel(name)),
    ).toEqual([]);
    expect(['bytes', 'classification of the bytes', 'delay'].filter(looksLikeLabel)).toEqual([]);
  });

  it('are read by a label and its value; blanks are unset and counted', async () => {
    const lines = [
      'when;src;size;note;verdict',
      '2024-01-01 00:00:00;10.0.0.1;5;a;ok',
      '2024-01-02 00:00:00;10.0.0.1;;b;bad',
    ];
    lines.push(
      '2024-01-03 00:00:00;10.0.0.2;NaN;"x;y";bad',
      '2024-01-03 00:00:00;10.0.0.2;seven;c;bad',
      ';10.0.0.2;1;c;ok',
      '1;2',
    );
    lines.push(
      '2024-01-03 00:00:00;10.0.0.2;1;c;',
      ...new Array<string>(9).fill('2024-01-03 00:00:00;10.0.0.2;9;c;ok'),
    );
    const table = await readTable([file('any.csv', lines.join('\r\n'))], undefined, { mapping });
    expect(table).toMatchObject({ format: 'csv', rows: 12, kinds: ['normal', 'bad'] });
    expect([...table.attack].slice(0, 4)).toEqual([0, 1, 1, 0]);
    expect(table.notes?.map(({ reason, lines: at }) => [reason, at])).toEqual([
      ['size is blank: read as unset', [3]],
      ['size is NaN: read as unset', [4]],
    ]);
    expect(table.skipped.map(({ reason, lines: at }) => [reason, at])).toEqual([
      ['size is not a number', [5]],
      ['the time is not a time', [6]],
      ['there are not 5 fields', [7]],
      ['verdict is blank', [8]],
    ]);
    expect(table.labels).toEqual([
      { value: 'ok', count: 11 },
      { value: 'bad', count: 3 },
      { value: '', count: 1 },
    ]);
    expect(ofRole(table, 'shortcut')).toEqual(['when', 'src']);
    expect(wordsOf(column(table, 'note')).slice(0, 3)).toEqual(['a', 'b', 'x;y']);
    expect(table.time[0]).toBe(Date.UTC(2024, 0, 1) / 1000);
    expect(column(table, 'size').spec.optional).toBe(true);
    expect(column(table, 'when').spec.optional).toBeUndefined();
  });

  it('are read as a map says', async () => {
    const lines = [
      'id|code|host|day|attack_type|verdict',
      '1|80|a|mon|-|ok',
      '2|443|b|tue|scan|bad',
      '3|443|b|tue|flood|bad',
      '4|1|b|tue|x|?',
    ];
    const said = mappingOf(
      {
        label: 'verdict',
        positive: 'bad',
        negative: ['ok'],
        delimiter: '|',
        columns: {
          code: { type: 'categorical' },
          host: { role: 'source' },
          day: { role: 'group' },
          attack_type: { role: 'kind' },
          id: { role: 'feature' },
        },
      },
      'map.json',
    );
    const table = await readTable([file('mapped.csv', lines.join('\n'))], 'csv', { mapping: said });
    expect(table.kinds).toEqual(['normal', 'scan', 'flood']);
    expect(table.columns.map(({ spec }) => [spec.name, spec.kind, spec.role])).toEqual([
      ['id', 'numeric', 'feature'],
      ['code', 'categorical', 'feature'],
      ['host', 'categorical', 'shortcut'],
      ['day', 'categorical', 'shortcut'],
    ]);
    expect(column(table, 'host').spec.end).toBe('source');
    expect(table.group[1]).toBe(table.group[2]);
    expect(table.skipped[0]!.reason).toBe('verdict is neither a positive nor a negative value');
    const rest = await readTable([file('mapped2.csv', lines.join('\n'))], 'csv', {
      mapping: { label: 'verdict', positive: [], negative: ['ok'] },
    });
    expect([...rest.attack]).toEqual([0, 1, 1, 1]);
  });

  it('are not learned from where they are addresses and ports, unless asked for', async () => {
    const path = file('places.csv', 'ip,port,verdict\n10.0.0.1,80,ok\n10.0.0.2,81,bad\n');
    const options = { train: [path], test: [], mapping, split: 'time', seed: 1 } as const;
    await expect(load(options, [])).rejects.toThrow('no column is left to learn from but addresses, ports');
    const warnings: Warning[] = [];
    await load({ ...options, keepShortcuts: true }, warnings);
    expect(warnings.map(({ code }) => code)).toEqual(['no-time']);
  });

  it('of a second file have the types of the first, in any order', async () => {
    const train = file('t1.csv', 'a,b,verdict\n1,x,ok\n2,y,bad\n');
    const more = file('t2.csv', 'verdict,b,a,c\nok,7,3,1\n');
    const both = await readTable([train, more], undefined, { mapping });
    expect(both.columns.map(({ spec }) => spec.name)).toEqual(['a', 'b']);
    expect([...column(both, 'a').numbers]).toEqual([1, 2, 3]);
    expect(wordsOf(column(both, 'b'))).toEqual(['x', 'y', '7']);
    const like = both.columns.map(({ spec }) => spec);
    const test = await readTable([more], undefined, { mapping, like });
    expect(test.columns.map(({ spec }) => [spec.name, spec.kind])).toEqual([
      ['b', 'categorical'],
      ['a', 'numeric'],
    ]);
    const lacking = file('t3.csv', 'b,verdict\n1,ok\n');
    await expect(readTable([train, lacking], undefined, { mapping })).rejects.toThrow('has no column a');
  });

  it('are refused when the map is wrong, with what is wrong', () => {
    const wrong = (content: unknown, said = {}): unknown => {
      try {
        return mappingOf(content, 'map.json', said);
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(wrong([])).toBe('map.json: is not a JSON object');
    expect(wrong({ lable: 'x' })).toContain('"lable" is not one of label, positive');
    expect(wrong({ positive: 'x' })).toContain('no column is named as the label');
    expect(wrong({ label: 'x' })).toContain('nothing says which values of "x" are attacks');
    expect(wrong({ label: 'x', positive: [{}] })).toContain('"positive" is not a text');
    expect(wrong({ label: 'x', positive: 1, delimiter: ';;' })).toContain('"delimiter" is not a single character');
    expect(wrong({ label: 'x', positive: 1, columns: { a: { type: 'number' } } })).toContain(
      'not one of numeric, categorical',
    );
    expect(wrong({ label: 'x', positive: 1, columns: { a: { kind: 'y' } } })).toContain('only type and role');
    expect(wrong({ label: 'x', positive: 1 }, { label: 'y' })).toMatchObject({ label: 'y', positive: ['1'] });
  });
});

describe('a look into a file', () => {
  it('names its format, or its columns and what may be the label', async () => {
    const seven =
      'source_ip,destination_ip,protocol,packet_size,bytes_sent,bytes_received,flag,is_anomaly\na,b,TCP,1,2,3,S,0\n';
    expect(await inspect(file('seven.csv', seven))).toMatchObject({
      format: { id: 'seven-fields', title: 'records of seven fields' },
    });
    const found = await inspect(file('other.csv', 'src;size;class\n10.0.0.1;5;ok\n10.0.0.2;6;bad\n10.0.0.1;5;ok\n'));
    expect(found).toMatchObject({ delimiter: ';', labels: [{ name: 'class', values: ['ok', 'bad'] }] });
    expect(found.why).toContain('its column class may be the label (values: ok, bad)');
    expect(found.columns?.map(({ name, type, role, values }) => [name, type, role, values])).toEqual([
      ['src', 'categorical', 'source', ['10.0.0.1', '10.0.0.2']],
      ['size', 'numeric', 'feature', ['5', '6']],
      ['class', 'categorical', 'left-out', ['ok', 'bad']],
    ]);
    expect(found.rows).toHaveLength(3);
  });

  it('tells how long a line of it is, and how many columns are learned from', async () => {
    const text = `${labelledRecords(3000, 1)}\n`;
    const plain = (await inspect(file('plain.txt', text))).size!;
    expect(plain.bytes).toBe(text.length);
    expect(plain.bytes / plain.lineBytes).toBeGreaterThan(2900);
    expect(plain.bytes / plain.lineBytes).toBeLessThan(3100);
    const table = await readTable([file('plain.txt', text)]);
    const encoded = Encoder.fit(table, allRows(table.rows), { keepShortcuts: false }).columns.length;
    expect(plain.columns.all).toEqual({ without: encoded, with: encoded });
    // Words that attacks alone have.
    expect(plain.columns.ordinary.without).toBeLessThan(encoded);
    expect(plain.hosts).toBe(false);
    const packed = (await inspect(file('plain.txt.gz', gzipSync(text)))).size!;
    expect(packed.bytes / packed.lineBytes).toBeGreaterThan(2400);
    expect(packed.bytes / packed.lineBytes).toBeLessThan(3600);
    const other = (await inspect(file('o.csv', 'src;size;how;class\n10.0.0.1;5;a;ok\n10.0.0.2;6;b;bad\n'))).size!;
    // A number, two words and what a column of words has beside them; the address is two words, too.
    expect(other).toMatchObject({ columns: { all: { without: 5, with: 9 } }, hosts: false });
  });
});

describe('files that cannot be read', () => {
  const said = async (path: string, options = {}): Promise<string> =>
    readTable([path], undefined, options).then(
      () => 'read',
      (error: { code: string; message: string; cure: string }) =>
        `${error.code}|${error.message.slice(path.length + 2)}|${error.cure}`,
    );

  it('say what they are', async () => {
    const binary = (...bytes: number[]): Buffer => Buffer.from([...bytes, ...new Array<number>(30).fill(0)]);
    expect(await said(file('x.xlsx', binary(0x50, 0x4b, 3, 4)))).toBe(
      'read-failed|is a ZIP archive or an Excel file|Unpack it, or save it as CSV.',
    );
    expect(await said(file('x.parquet', Buffer.from('PAR1 and so on\n')))).toContain('is a Parquet file');
    expect(await said(file('x.zst', binary(0x28, 0xb5, 0x2f, 0xfd)))).toContain('is compressed with zstd');
    expect(await said(file('utf16.csv', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le')))).toContain('Save it as UTF-8');
    for (const magic of [
      [0x0a, 0x0d, 0x0d, 0x0a],
      [0xd4, 0xc3, 0xb2, 0xa1],
      [0xa1, 0xb2, 0x3c, 0x4d],
    ]) {
      expect(await said(file('x.pcap', binary(...magic)))).toBe(
        'read-failed|is a capture of packets|Make records of it with sonde features CAPTURE --out OUT.csv.',
      );
    }
    expect(await said(file('x.bin', binary(1, 2)))).toContain('holds binary data');
    expect(await said(file('pk.csv', 'PKTS,verdict\n1,ok\n'), { mapping })).toBe('read');
  });

  it('say that the quote never closes, and where', async () => {
    const quote = `a,verdict\n1,ok\n"2,bad\n${'3,ok\n'.repeat(3000)}`;
    expect(await said(file('quote.csv', quote), { mapping })).toMatch(
      /^read-failed\|the quote that opens in line 3 never closes\|/,
    );
    const late = `a,verdict\n${'3,ok\n'.repeat(3000)}"2,bad\n`;
    expect(await said(file('late.csv', late), { mapping })).toContain('opens in line 3002');
  });

  it('say that no column is the label, or which may be', async () => {
    expect(await said(file('none.csv', 'a,b\n1,2\n'))).toMatch(
      /of no format that is known: no label column is among its columns/,
    );
    expect(await said(file('some.csv', 'a,class\n1,x\n'))).toContain('Add --label class --positive VALUE');
    expect(await said(file('absent.csv', 'a,b\n1,2\n'), { mapping })).toBe(
      'unknown-format|has no column verdict|Divided by commas it has 2 columns: a, b.',
    );
    expect(await said(file('json.ndjson', '{"a":1}\n'))).toContain('it holds JSON');
  });

  it('say that they are divided by something else', async () => {
    const kdd = FORMATS.find(({ id }) => id === 'nsl-kdd')!;
    const line = `0;tcp;http;SF;${'0;'.repeat(37)}normal;21`;
    expect(kdd.lacks?.([line])?.why).toBe('it is NSL-KDD divided by semicolons');
    expect(await said(file('semi.txt', `${line}\n`))).toContain('Divide its fields by commas.');
    const commas = file('commas.csv', 'a,verdict\n1,ok\n');
    expect(await said(commas, { mapping: { ...mapping, delimiter: ';' } })).toBe(
      'unknown-format|its lines are not divided by semicolons|They are divided by commas: leave "delimiter" out of the map.',
    );
    expect(await said(file('one.csv', 'abc\n1\n'), { mapping })).toContain(
      'not divided by commas, semicolons, tabs or bars',
    );
  });

  it('say that they have too many columns', async () => {
    const wide = `${Array.from({ length: 10_000 }, (_, i) => `c${i}`).join(',')},verdict\n`;
    const path = file('wide.csv', `${wide}${'1,'.repeat(10_000)}ok\n`);
    expect(await said(path)).toContain('it has 10,001 columns, and at most 2,000 are read');
    expect(await said(path, { mapping })).toContain('it has 10,001 columns');
  });

  it('say that a format and a label do not go together', async () => {
    const path = file('both.csv', 'a,verdict\n1,ok\n');
    await expect(readTable([path], 'csv')).rejects.toMatchObject({ code: 'usage' });
    await expect(readTable([path], 'kdd99', { mapping })).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('files of any content', () => {
  const columns: Record<string, string> = {
    'unsw-nb15': 'dur,proto,service,state,spkts,dpkts,sbytes,dbytes,rate,sttl,ct_state_ttl,label',
    cicflowmeter: 'Flow Duration,Tot Fwd Pkts,Tot Bwd Pkts,Flow IAT Mean,Fwd Pkt Len Mean,Timestamp,Dst Port,Label',
    'ctu-13': 'StartTime,Dur,Proto,SrcAddr,DstAddr,Dport,State,TotPkts,TotBytes,SrcBytes,Label',
    'seven-fields': 'source_ip,destination_ip,protocol,packet_size,bytes_sent,bytes_received,flag,is_anomaly',
    'sonde-flows': `${FLOW_CSV_HEADER},label`,
  };
  const cell = fc.constantFrom(
    '',
    '0',
    '1',
    '-1',
    'NaN',
    'Infinity',
    '0x1f',
    '1e999',
    'tcp',
    '"',
    '""',
    '"a"',
    '__proto__',
    '2011/08/10 09:46:59.6',
    '🙂',
  );

  it('are records or bad ones, whatever format they say they are', () => {
    for (const [id, header] of Object.entries(columns)) {
      const format = FORMATS.find((each) => each.id === id)!;
      const width = header.split(',').length;
      const line = fc.oneof(
        fc.string(),
        fc.array(cell, { minLength: width, maxLength: width }).map((cells) => cells.join(',')),
      );
      fc.assert(
        fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
          const reader = format.recognise([header])!;
          reader.read(header, 1);
          for (const [i, text] of lines.entries()) {
            try {
              const record = reader.read(text, i + 2);
              if (record) expect(record.values).toHaveLength(reader.columns.length);
            } catch (error) {
              expect(error).toBeInstanceOf(BadRecord);
            }
          }
        }),
        { numRuns: 150 },
      );
    }
  });

  it('are of some format, advised on, or mapped, never an error of ours', () => {
    const text = fc.array(
      fc.oneof(
        fc.string(),
        fc.array(cell, { maxLength: 12 }).map((cells) => cells.join(';')),
      ),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(text, (lines) => {
        for (const format of FORMATS) format.recognise(lines);
        expect(adviceFor(lines, FORMATS).cure).not.toBe('');
        try {
          const reader = mappedReader([`a;b;verdict`, ...lines], 'any.csv', mapping);
          for (const line of lines) reader.read(line);
        } catch (error) {
          expect(error instanceof BadRecord || error instanceof SondeError).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('reading', () => {
  it('tells how many bytes of how many were read', async () => {
    const lines = `a,verdict\n${'12345,ok\n'.repeat(100_000)}`;
    const path = file('long.csv', lines);
    const seen: ReadProgress[] = [];
    const table = await readTable([path], undefined, { mapping, onProgress: (progress) => seen.push(progress) });
    expect(table.rows).toBe(100_000);
    expect(column(table, 'a').numbers).toHaveLength(100_000);
    expect(column(table, 'a').numbers.every((value) => value === 12345)).toBe(true);
    expect(seen.length).toBeGreaterThan(2);
    expect(seen.at(-1)).toEqual({ path, bytesRead: lines.length, bytesTotal: lines.length, rows: 100_000 });
    for (const [i, { bytesRead, rows }] of seen.slice(1).entries()) {
      expect(bytesRead).toBeGreaterThanOrEqual(seen[i]!.bytesRead);
      expect(rows).toBeGreaterThanOrEqual(seen[i]!.rows);
    }
  });

  it('of a large file is told in words now and then', async () => {
    const line = `12345,${'x'.repeat(100_000)},ok\n`;
    const path = file('large.csv', `a,text,verdict\n${line.repeat(400)}`);
    const said: string[] = [];
    const onProgress = (what: string): number => said.push(what);
    await load({ train: [path], test: [], mapping, split: 'time', seed: 1, onProgress }, []);
    expect(said[0]).toBe(`reading ${path}`);
    expect(said.length).toBeGreaterThan(10);
    expect(said.length).toBeLessThan(22);
    expect(said[1]).toMatch(/large\.csv: [5-9] % \([234] of 38 MiB, \d+ records\)$/);
  });

  it('ends where it is cancelled', async () => {
    const path = file('cancelled.csv', `a,verdict\n${'12345,ok\n'.repeat(100_000)}`);
    const stop = new AbortController();
    const onProgress = (): void => stop.abort();
    const reading = readTable([path], undefined, { mapping, onProgress, signal: stop.signal });
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('ends where a table is full, and says how many records that are', () => {
    const record = { values: [1], attack: false, kind: '', identity: 0, time: NaN };
    const builder = new TableBuilder([{ name: 'a', kind: 'numeric', role: 'feature' }], 2);
    builder.add(record, 'big.csv');
    builder.add(record, 'big.csv');
    expect(() => builder.add(record, 'big.csv')).toThrow('big.csv: more than 2 records of 1 columns');
    expect([mostRows(41), mostRows(84), mostRows(2000)]).toEqual([10_000_000, 8_544_364, 400_600]);
  });

  it('tells words beyond twenty thousand no longer apart', () => {
    const builder = new TableBuilder([{ name: 'a', kind: 'categorical', role: 'feature' }]);
    const add = (word: string): void =>
      builder.add({ values: [word], attack: false, kind: '', identity: 0, time: NaN }, 'words.csv');
    for (let i = 0; i < 20_010; i++) add(`word ${i}`);
    add('word 3');
    const { codes, words } = builder.finish('csv', ['words.csv'], ['']).columns[0]!;
    expect(words).toHaveLength(20_001);
    expect([20_000, 20_009, 20_010].map((row) => words[codes[row]!])).toEqual(['(other)', '(other)', 'word 3']);
  });
});
