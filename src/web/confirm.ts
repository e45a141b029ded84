/** `<parley-confirm>`: says what will happen, and asks. */
import { html } from 'lit';
import { DialogElement } from './dialog.ts';
import { define } from './parley-element.ts';
import { confirmStyles } from './styles/confirm.ts';

export class Confirm extends DialogElement {
  static override initial = { ...DialogElement.initial, heading: '', says: [], action: '' };
  static override styles = [...DialogElement.styles, confirmStyles];

  declare heading: string;
  /** What will happen, a sentence each, as text or with names in it. */
  declare says: readonly unknown[];
  declare action: string;

  protected override headingText(): string {
    return this.heading;
  }

  protected override body(): unknown {
    return html`<ul>
      ${this.says.map((text) => html`<li>${text}</li>`)}
    </ul>`;
  }

  protected override button() {
    return { text: this.action, kind: 'danger' } as const;
  }

  /** The one who asked does it. */
  protected override async act(): Promise<boolean> {
    return true;
  }
}

define('parley-confirm', Confirm);
