/** One server and one browser for a test file; after each test its pages are closed and must not have complained. */
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { Stage } from '../support/browser.ts';

export function onStage(...args: string[]): () => Stage {
  let stage: Stage | null = null;
  beforeAll(async () => {
    stage = await Stage.open(...args);
  }, 300_000);
  afterEach(async () => {
    expect(await stage?.clear(), 'what the pages complained of').toEqual([]);
  });
  afterAll(() => stage?.close());
  return () => {
    if (stage === null) throw new Error('the stage opens before the first test');
    return stage;
  };
}
