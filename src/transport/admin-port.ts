/** Port: the server as its admin port sees it; `server.ts` provides it. */
import type { Directory } from '../directory/directory.ts';
import type { ErasuresPort } from './admin-erasures.ts';

export interface AdminPort {
  /** False while starting, draining, read-only or fenced; the reason is one word for an operator. */
  ready(): { readonly ready: boolean; readonly reason?: string };
  /** Is there room on the disk for what the CRM tells? Looked at anew, whatever the last look found. */
  writable(): Promise<boolean>;
  /** In the text format of Prometheus. */
  metrics(): Promise<string>;
  readonly directory: Directory;
  readonly erasures: ErasuresPort;
}
