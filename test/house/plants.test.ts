import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { plants } from '../simulation/plants.ts';

it('each bug that test/simulation/plants.ts plants has its place in the source; where that has changed, change the plant', () => {
  const source = (file: string) => readFileSync(join(import.meta.dirname, '..', '..', 'src', file), 'utf8');
  expect(plants.filter(({ file, find }) => source(file).split(find).length !== 2)).toEqual([]);
});
