/** Runs `work` for each item, so many at a time. Resolves with what each gave, in their order; the first failure ends it. */
export async function inParallel<From, To>(
  items: readonly From[],
  atOnce: number,
  work: (item: From) => Promise<To>,
): Promise<To[]> {
  const done: To[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const at = next;
      next += 1;
      done[at] = await work(items[at] as From);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return done;
}
