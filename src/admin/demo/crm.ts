/**
 * What the demo's CRM shows on its own pages beside the conversations: invented fields and activities of its records, and
 * what its people do there. A CRM holds its pages to its rights as Parley does: a viewer gets of a record what they may see.
 */
import type { Directory } from '../../directory/directory.ts';
import { type RecordKind, recordKinds } from '../../directory/entities.ts';
import type { Crm, CrmRecordPage } from '../../web/demo/crm.ts';
import { demoPeople, demoRecords } from './cast.ts';

const jobs: Readonly<Record<string, string>> = {
  anna: 'Relationship manager',
  ben: 'Account executive',
  chiara: 'Client adviser',
  david: 'Account executive',
  elena: 'Compliance',
  farid: 'Operations',
  grace: 'Account executive',
  hiro: 'Service engineer',
  ines: 'Head of sales',
  jonas: 'Pricing analyst',
};

const invented: Readonly<Record<string, Pick<CrmRecordPage, 'fields' | 'activities'>>> = {
  'contact/c-1001': {
    fields: [
      ['position', 'Managing director'],
      ['company', 'Keller Instruments'],
      ['phone', '+41 61 555 01 27'],
      ['email', 'maria.keller@keller.example'],
      ['city', 'Basel'],
      ['owner', 'Anna Berg'],
      ['since', '2019-03-04'],
    ],
    activities: [
      ['2026-11-19', 'Anna Berg', 'Call: wishes to move the meeting to Thursday'],
      ['2026-11-06', 'Chiara Russo', 'Letter sent: terms of the joint account'],
      ['2026-10-22', 'Anna Berg', 'Lunch in Basel'],
    ],
  },
  'company/co-2001': {
    fields: [
      ['industry', 'Laboratory instruments'],
      ['employees', '340'],
      ['revenue', 'CHF 61 m'],
      ['phone', '+41 61 555 01 00'],
      ['website', 'keller.example'],
      ['city', 'Basel'],
      ['owner', 'Ben Okafor'],
    ],
    activities: [
      ['2026-11-18', 'Ben Okafor', 'Note: new head of purchasing since November'],
      ['2026-11-02', 'Hiro Tanaka', 'Visit: maintenance of the M2 line'],
      ['2026-09-14', 'David Kim', 'Fair in Basel, stand 4.2'],
    ],
  },
  'household/h-3001': {
    fields: [
      ['members', 'Maria and Thomas Keller'],
      ['city', 'Riehen'],
      ['adviser', 'Chiara Russo'],
      ['assets', 'CHF 4.8 m'],
      ['risk', 'Balanced'],
      ['review', '2027-02-15'],
    ],
    activities: [
      ['2026-11-20', 'Chiara Russo', 'Meeting planned: papers of the joint account'],
      ['2026-08-30', 'Anna Berg', 'Yearly review'],
    ],
  },
  'opportunity/o-4001': {
    fields: [
      ['stage', 'Proposal'],
      ['amount', 'CHF 512,000'],
      ['probability', '60 %'],
      ['closing', '2026-12-18'],
      ['company', 'Keller Instruments'],
      ['owner', 'Inés Álvarez'],
      ['product', 'M3 microscope with camera'],
    ],
    activities: [
      ['2026-11-20', 'Jonas Lind', 'Draft of the offer put into the folder'],
      ['2026-11-17', 'Inés Álvarez', 'Call: forty pieces, delivery in two lots'],
      ['2026-11-03', 'Inés Álvarez', 'Opportunity created'],
    ],
  },
};

/** The demo's records, and `more` (`kind/id`) if it names another one, as this person may see them. */
export function crmOf(directory: Directory, person: string, more: string | null): Crm {
  const records = demoRecords.map(({ kind, id }) => pageOf(directory, person, kind, id));
  const [kind, id = ''] = more?.split(/\/(.*)/s) ?? [];
  const known = recordKinds.find((name) => name === kind);
  if (known !== undefined && !records.some((record) => record.kind === known && record.id === id)) {
    records.push(pageOf(directory, person, known, id));
  }
  const people = demoPeople
    .filter(({ active }) => active)
    .map(({ id, first, last }) => ({ id, name: `${first} ${last}`, job: jobs[id] ?? '' }));
  return { people, records };
}

function pageOf(directory: Directory, person: string, kind: RecordKind, id: string): CrmRecordPage {
  const nothing = { kind, id, name: null, view: false, fields: [], activities: [] };
  if (!directory.mayView(person, kind, id)) return nothing;
  // Fields and activities would tell whose record it is.
  if (!directory.maySeeName(person, kind, id)) return { ...nothing, view: true };
  const { fields, activities } = invented[`${kind}/${id}`] ?? nothing;
  return { kind, id, name: directory.record(kind, id)?.name ?? null, view: true, fields, activities };
}
