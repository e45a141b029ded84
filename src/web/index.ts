/** `parley/web`: the SDK, `configure`, and the elements, which loading this registers. */
import './styles/all.ts';
import { ParleyAlerts } from './alerts.ts';
import { ParleyLauncher } from './launcher.ts';
import { ParleyRecordTab } from './record-tab.ts';
import { ParleySidebar } from './sidebar.ts';

export * from '../client/index.ts';
export { type ConfigureOptions, configure } from './client-source.ts';
export type { ParleyElementEvents } from './parley-element.ts';
export type { Language } from './texts/texts.ts';
export { ParleyAlerts, ParleyLauncher, ParleyRecordTab, ParleySidebar };

declare global {
  interface HTMLElementTagNameMap {
    'parley-alerts': ParleyAlerts;
    'parley-launcher': ParleyLauncher;
    'parley-record-tab': ParleyRecordTab;
    'parley-sidebar': ParleySidebar;
  }
}
