/** The browser of the tests: Debian's Chromium, installed where it is missing. Without one the tests fail, never skip. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { freePort } from './free-port.ts';

const standard = '/usr/bin/chromium';

/** One browser for a test file. People get contexts of their own in it. */
export async function launchChromium(...args: readonly string[]): Promise<Browser> {
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath: chromiumPath(),
    // Chromium's sandbox does not run as root; what is shown here is our own.
    args: [...(isRoot ? ['--no-sandbox'] : []), '--disable-dev-shm-usage', '--force-color-profile=srgb', ...args],
  });
}

/**
 * One as people have it, with one profile: of its tabs only the one in front is visible and has the focus. Playwright
 * makes every page believe that, in the contexts that it makes itself.
 */
export async function launchDesktopChromium(): Promise<{ readonly context: BrowserContext; close(): Promise<void> }> {
  const port = await freePort();
  const browser = await launchChromium(`--remote-debugging-port=${port}`);
  const attached = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { noDefaults: true });
  return {
    context: attached.contexts()[0] as BrowserContext,
    async close() {
      await attached.close();
      await browser.close();
    },
  };
}

function chromiumPath(): string {
  const given = process.env.PARLEY_CHROMIUM;
  if (given !== undefined) {
    if (existsSync(given)) return given;
    throw new Error(`PARLEY_CHROMIUM names ${given}, which is not there`);
  }
  if (!existsSync(standard)) install();
  return standard;
}

function install(): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    execFileSync('apt-get', ['update', '-qq'], { env, stdio: 'pipe' });
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], { env, stdio: 'pipe' });
  } catch (error) {
    throw new Error('there is no Chromium: `apt-get install chromium`, or name one in PARLEY_CHROMIUM', {
      cause: error,
    });
  }
  if (!existsSync(standard)) throw new Error('chromium was installed and is not at /usr/bin/chromium');
}
