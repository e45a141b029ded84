/**
 * Files that start servers, browsers or thousands of worlds go before the others, so that none of them is left alone at the
 * end: by themselves files go by their size, and those say in a few lines what takes a minute.
 */
import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const long = /^test\/(replay|bench|survival|simulation|e2e)\//;

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => long.test(relative(process.cwd(), moduleId));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
