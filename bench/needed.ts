/** Something that a benchmark needs and this machine lacks: said in one line, with what to do about it. Exit code 69. */
export class Needed extends Error {
  override readonly name = 'Needed';
}

/** A package that only the harness uses; `Needed` where it is not installed. */
export async function needed<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Needed(`The package ${name} is needed for this; in the checkout: npm ci --include=dev`);
  }
}
