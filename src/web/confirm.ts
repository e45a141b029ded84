/** `<parley-confirm>`: says what will happen, and asks. */
import { css, html } from 'lit';
import { DialogElement } from './dialog.ts';
import { define } from './parley-element.ts';

export class Confirm extends DialogElement {
  static override properties = {
    heading: { attribute: false },
    says: { attribute: false },
    action: { attribute: false },
  };
  static override styles = [
    ...DialogElement.styles,
    css`
      ul {
        display: grid;
        gap: 6px;
        margin: 0;
        padding-inline-start: 1.2em;
        overflow-wrap: anywhere;
      }
    `,
  ];

  declare heading: string;
  /** What will happen, a sentence each, as text or with names in it. */
  declare says: readonly unknown[];
  declare action: string;

  constructor() {
    super();
    this.heading = '';
    this.says = [];
    this.action = '';
  }

  protected override heading$(): string {
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
