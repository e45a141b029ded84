/** What a server measures of itself, as its operator's Prometheus reads it. */

/** Value of one line of `/metrics`, named with its labels; 0 where there is none yet. */
export async function metricOf({ adminUrl }: { readonly adminUrl: string | null }, name: string): Promise<number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}
