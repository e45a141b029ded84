/** Who and what the demo is about: people and CRM records with different rights. */
import type { CrmRecord, Person } from '../../directory/entities.ts';

const person = (id: string, first: string, last: string, active = true): Person => ({
  id,
  first,
  last,
  email: `${id}@demo.example`,
  active,
});

export const demoPeople: readonly Person[] = [
  person('anna', 'Anna', 'Berg'),
  person('ben', 'Ben', 'Okafor'),
  person('chiara', 'Chiara', 'Russo'),
  person('david', 'David', 'Kim'),
  person('elena', 'Elena', 'Petrova'),
  person('farid', 'Farid', 'Haddad'),
  person('grace', 'Grace', 'Murphy'),
  person('hiro', 'Hiro', 'Tanaka'),
  person('ines', 'Inés', 'Álvarez'),
  person('jonas', 'Jonas', 'Lind'),
  person('kai', 'Kai', 'Moreau', false),
];

export const demoRecords: readonly CrmRecord[] = [
  { kind: 'contact', id: 'c-1001', name: 'Maria Keller', view: 'everyone', edit: 'everyone' },
  {
    kind: 'company',
    id: 'co-2001',
    name: 'Keller Instruments',
    view: 'everyone',
    edit: ['anna', 'ben', 'david', 'ines'],
  },
  // Private view and edit security: Elena may view it, and still does not see its name (SEE-4).
  {
    kind: 'household',
    id: 'h-3001',
    name: 'Keller family',
    view: ['anna', 'chiara', 'elena'],
    edit: ['anna', 'chiara'],
  },
  {
    kind: 'opportunity',
    id: 'o-4001',
    name: 'Forty microscopes for Keller',
    view: ['anna', 'ben', 'chiara', 'david', 'ines', 'jonas'],
    edit: 'everyone',
  },
];
