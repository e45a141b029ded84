/** Rules of the house that neither the compiler nor the linters know. Each message names the mend. */
import { describe, expect, it } from 'vitest';
import { placesOf, type SourceFile, sourceFiles } from './source-files.ts';

const source = sourceFiles('src');
const tests = sourceFiles('test');
const bench = sourceFiles('bench');
const places = (files: readonly SourceFile[], pattern: RegExp): string[] => files.flatMap((f) => placesOf(f, pattern));
const outside = (...rooms: string[]): SourceFile[] =>
  source.filter((f) => !rooms.some((r) => f.path.startsWith(`src/${r}/`)));

describe('time and chance', () => {
  it('come from runtime/ alone (client, web page and command line are on their own)', () => {
    const clocks = /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bperformance\.now\b|\bprocess\.hrtime\b/;
    const timers = /(?<![\w.])(setTimeout|setInterval|setImmediate)\b|\bglobalThis\.set(Timeout|Interval|Immediate)\b/;
    const files = outside('runtime', 'client', 'web', 'admin');
    const mend = 'Take a Clock or a Random (src/runtime) as a parameter: simulations put their own in its place.';
    expect([...places(files, clocks), ...places(files, timers)], mend).toEqual([]);
  });
});

describe('files', () => {
  it('have at most 400 lines, are named in kebab-case, and never after a drawer', () => {
    const long = source.filter((f) => f.text.split('\n').length > 401).map((f) => f.path);
    expect(long, 'Split it by concept: 400 lines are the most a reader holds.').toEqual([]);
    const names = [...source, ...tests, ...bench].map((f) => f.path);
    const odd = names.filter((path) => !/^[a-z0-9-]+(\.test|\.bench)?\.ts$/.test(path.split('/').at(-1) ?? ''));
    expect(odd, 'File names are kebab-case.').toEqual([]);
    const drawers = names.filter((path) =>
      /\/(utils?|types?|helpers?|common|misc|shared|constants)(\.test)?\.ts$/.test(path),
    );
    expect(drawers, 'Name the file after the one concept in it.').toEqual([]);
  });

  it('begin with a sentence on what they are for', () => {
    const silent = source.filter((f) => !/^(#!.*\n)?\/\*\*/.test(f.text)).map((f) => f.path);
    expect(silent, 'Say in a comment at the top what the file holds and what it promises.').toEqual([]);
  });

  it('carry no notes of unfinished work', () => {
    const notes = /\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b/;
    const found = [...source, ...tests, ...bench].flatMap((f) => placesOf(f, notes, f.text));
    expect(found, 'Finish it, or write an issue.').toEqual([]);
  });

  it('switch no check off without a reason', () => {
    const off = /@ts-(ignore|nocheck)|@ts-expect-error\s*$|(eslint|oxlint)-disable(?!.* -- )/;
    const found = [...source, ...tests, ...bench].flatMap((f) => placesOf(f, off, f.text));
    expect(
      found.filter((place) => !place.startsWith('test/house/house-rules.test.ts')),
      'Mend what the check found.',
    ).toEqual([]);
  });
});

describe('the server', () => {
  it('writes through the log, not the console, and ends where the command line ends', () => {
    const files = outside('admin');
    expect(places(files, /\bconsole\.\w+\(/), 'Use the Log (src/runtime/log.ts).').toEqual([]);
    expect(places(files, /\bprocess\.exit\(/), 'Tell the composition root; only src/admin ends the process.').toEqual(
      [],
    );
  });

  it('builds no code from text', () => {
    const evil = /\beval\(|\bnew Function\(|(?<![\w.])Function\(/;
    expect(places(source, evil), 'Pages with a strict policy run this too.').toEqual([]);
  });
});

describe('tests', () => {
  it('are all run', () => {
    const left = /\b(it|test|describe|suite)(\.\w+)*\.(sk[i]p|on[l]y|to[d]o|fai[l]s)\b/;
    expect(places(tests, left), 'A test that is not run proves nothing: mend it or delete it.').toEqual([]);
  });

  it('that are named so hold at least one test', () => {
    const suites = /\b(it|test)(\.each|\.for)?(<\w+>)?\(|\bdescribe[A-Z]\w*\(|[Ss]uite\w*\(/;
    const empty = tests.filter((f) => f.path.endsWith('.test.ts') && !suites.test(f.code)).map((f) => f.path);
    expect(empty, 'Only files with tests end in .test.ts.').toEqual([]);
  });
});
