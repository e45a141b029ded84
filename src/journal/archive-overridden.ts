/** An archive of which some methods do more than it does itself: the others go through. */
import type { Archive } from './archive.ts';

/** `call` does what the method does with what it was given. */
type Around = (name: keyof Archive, call: () => Promise<unknown>) => Promise<unknown>;

/**
 * `around` is asked to carry out each call of the methods `names`. All methods are bound now: a proxy would bind one at
 * each call, and there is a call for every command.
 */
export function overridden(archive: Archive, names: readonly (keyof Archive)[], around: Around): Archive {
  const methods: Record<string, unknown> = {};
  for (let owner: object = archive; owner !== Object.prototype; owner = Object.getPrototypeOf(owner)) {
    for (const name of Object.getOwnPropertyNames(owner)) {
      const member: unknown = Reflect.get(archive, name);
      if (typeof member === 'function' && name !== 'constructor') methods[name] = member.bind(archive);
    }
  }
  for (const name of names) {
    const method = methods[name] as (...args: unknown[]) => Promise<unknown>;
    methods[name] = (...args: unknown[]) => around(name, () => method(...args));
  }
  return methods as unknown as Archive;
}
