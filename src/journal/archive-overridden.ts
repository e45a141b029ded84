/** An archive of which some methods do more than it does itself: the others go through. */
import type { Archive } from './archive.ts';

/** `call` does what the method does with what it was given. */
type Around = (name: keyof Archive, call: () => Promise<unknown>) => Promise<unknown>;

/** `around` is asked to carry out each call of the methods `names`. */
export function overridden(archive: Archive, names: readonly (keyof Archive)[], around: Around): Archive {
  return new Proxy(archive, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const method = member.bind(target) as (...args: unknown[]) => Promise<unknown>;
      if (!(names as readonly PropertyKey[]).includes(name)) return method;
      return (...args: unknown[]) => around(name as keyof Archive, () => method(...args));
    },
  });
}
