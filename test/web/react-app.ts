/** A page of somebody's React application, for `react.test.ts`. */
import { createElement, StrictMode, useState } from 'react';
// @ts-expect-error -- one function is not worth the package with its types
import { createRoot } from 'react-dom/client';
import { connect } from '../../src/client/index.ts';
import {
  ParleyAlerts,
  ParleyLauncher,
  ParleyProvider,
  ParleyRecordTab,
  ParleySidebar,
  useConnection,
  useConversation,
  useSidebar,
  useTab,
} from '../../src/web/react.ts';

const query = new URLSearchParams(location.search);
const person = query.get('person') ?? '';
const conversation = query.get('conversation') ?? '';
const client = connect({
  url: `ws://127.0.0.1:${query.get('port')}/v1`,
  getToken: async () => (await fetch(`/token?person=${person}`)).text(),
});

function Facts() {
  const { badge } = useSidebar();
  const view = useConversation(conversation);
  const connection = useConnection();
  return createElement('p', { id: 'facts' }, `${connection}, badge ${badge}, ${view?.entries.at(-1)?.seq ?? 'none'}`);
}

function Tab() {
  const { state, conversations } = useTab({ kind: 'company', id: 'co-2001' });
  return createElement('p', { id: 'tab' }, `${state}, ${conversations.some(({ id }) => id === conversation)}`);
}

function App() {
  const [withTab, setWithTab] = useState(true);
  const [toggled, setToggled] = useState('never');
  return createElement(
    ParleyProvider,
    { client },
    createElement(ParleyLauncher, { theme: 'light' }),
    createElement(Facts),
    withTab ? createElement(Tab) : null,
    createElement('button', { type: 'button', onClick: () => setWithTab(!withTab) }, 'switch'),
    createElement('p', { id: 'toggled' }, toggled),
    createElement(ParleyRecordTab, { kind: 'company', record: 'co-2001' }),
    createElement(ParleySidebar, { slide: true, onToggle: ({ detail }) => setToggled(String(detail.open)) }),
    createElement(ParleyAlerts, {}),
  );
}

const root = document.createElement('main');
document.body.append(root);
createRoot(root).render(createElement(StrictMode, null, createElement(App)));
