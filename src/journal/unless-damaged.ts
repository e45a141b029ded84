/** Where one damaged row costs no more than itself: something else is taken instead of it, and whatever else fails is thrown. */
import { Damaged } from './journal.ts';

export function unlessDamaged<T, U>(decode: () => T, instead: (damaged: Damaged) => U): T | U {
  try {
    return decode();
  } catch (error) {
    if (error instanceof Damaged) return instead(error);
    throw error;
  }
}

/** The same for a read that takes its time. */
export async function readUnlessDamaged<T, U>(
  read: () => Promise<T>,
  instead: (damaged: Damaged) => U,
): Promise<T | U> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Damaged) return instead(error);
    throw error;
  }
}
