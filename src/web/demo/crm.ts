/** What the demo's server tells the page of its invented CRM, for the person who is signed in. */
export interface CrmRecordPage {
  readonly kind: 'contact' | 'company' | 'household' | 'opportunity';
  readonly id: string;
  /** Null where this person may not see it (SEE-4). */
  readonly name: string | null;
  /** False where there is nothing for this person, or nothing at all (SEE-5). */
  readonly view: boolean;
  /** Each field's name as the page has words for it, and its value. */
  readonly fields: readonly (readonly [field: string, value: string])[];
  /** The day as `YYYY-MM-DD`, who, what. */
  readonly activities: readonly (readonly [day: string, by: string, what: string])[];
}
export interface Crm {
  readonly people: readonly { readonly id: string; readonly name: string; readonly job: string }[];
  readonly records: readonly CrmRecordPage[];
}

/** Rejects with what the server says where it signs nobody in. */
export async function loadCrm(person: string, record: string): Promise<Crm> {
  return (await ask('/demo/crm', { person, record })) as Crm;
}

export async function tokenFor(person: string): Promise<string> {
  const { token } = (await ask('/demo/token', { person })) as { token: string };
  return token;
}

async function ask(path: string, query: Record<string, string>): Promise<unknown> {
  const response = await fetch(`${path}?${new URLSearchParams(query)}`);
  const answer = (await response.json()) as { error?: string };
  if (!response.ok) throw new Error(answer.error ?? response.statusText);
  return answer;
}
