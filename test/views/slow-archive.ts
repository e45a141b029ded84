/** Stores whose archive takes its time to answer, as a disk or another machine would: what comes meanwhile comes in between. */
import type { Archive } from '../../src/journal/archive.ts';
import { type MemoryStores, memoryStores } from '../../src/stores.ts';

const slow = new Set(['state', 'timeline', 'timelineSince', 'conversationsOf', 'conversationsAbout', 'command']);

/** Each answer is what was true when it was asked for, and comes up to `ms` later. */
export function slowReads(random: () => number, ms: number, kept: MemoryStores = memoryStores()): MemoryStores {
  return {
    open() {
      const stores = kept.open();
      return { ...stores, archive: slowed(stores.archive, random, ms) };
    },
  };
}

function slowed(archive: Archive, random: () => number, ms: number): Archive {
  return new Proxy(archive, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (!slow.has(String(name))) return value.bind(target);
      return async (...given: unknown[]) => {
        const answer: unknown = await value.apply(target, given);
        await new Promise<void>((resolve) => void setTimeout(resolve, random() * ms));
        return answer;
      };
    },
  });
}
