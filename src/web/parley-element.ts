/** What every element has: a client, texts in the person's language, and events that leave shadow roots. */
import { LitElement, type PropertyValues } from 'lit';
import type { Parley } from '../client/index.ts';
import { defaultClient, languageOption, onConfigured } from './client-source.ts';
import { type Locale, localeFor, textsLoading } from './texts/texts.ts';

/** Events by name, with their details. They bubble and are composed. */
export interface ParleyElementEvents {
  /** Show this conversation in the sidebar. */
  'parley-open-conversation': { readonly conversation: string };
  /** The sidebar was opened or closed. */
  'parley-toggle': { readonly open: boolean };
}

export abstract class ParleyElement extends LitElement {
  /**
   * What each property is until somebody sets it, those of the class above included. Properties with attributes are in
   * `properties`, too.
   */
  static initial: object = { client: null };

  /** Null = the page's default client. */
  declare client: Parley | null;
  #followed: Parley | null = null;
  #ends: (() => void)[] = [];
  #endDefault: (() => void) | null = null;
  #locale: Locale | null = null;

  constructor() {
    super();
    Object.assign(this, (this.constructor as typeof ParleyElement).initial);
  }

  /** The client in use; null as long as there is none. */
  get parley(): Parley | null {
    return this.client ?? defaultClient();
  }

  /** Texts and the forms of dates and numbers, in the language of this place. */
  protected get locale(): Locale {
    this.#locale ??= localeFor(languageOption(), this);
    return this.#locale;
  }

  /**
   * What the element listens to while it stands in a page: called with each new client; the answers end it.
   * `[client.sidebar.subscribe(this.changed)]` renders anew whenever that store changes.
   */
  protected follow(_client: Parley): (() => void)[] {
    return [];
  }

  /** For `subscribe`. */
  protected readonly changed = (): void => {
    this.requestUpdate();
  };

  protected fire<N extends keyof ParleyElementEvents>(name: N, detail: ParleyElementEvents[N]): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#locale = null;
    if (this.client === null) this.#endDefault = onConfigured(() => this.#reconfigured());
    this.#refollow();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#endDefault?.();
    this.#endDefault = null;
    this.#unfollow();
  }

  /** Nothing is shown in another language first. */
  protected override async scheduleUpdate(): Promise<void> {
    const loading = textsLoading(this.locale.language);
    if (loading !== null) await loading;
    await super.scheduleUpdate();
  }

  /** Subclasses that override it call it first. */
  protected override willUpdate(_changed: PropertyValues): void {
    if (this.isConnected && this.parley !== this.#followed) this.#refollow();
  }

  #reconfigured(): void {
    this.#locale = null;
    this.#refollow();
  }

  #refollow(): void {
    this.#unfollow();
    this.#followed = this.parley;
    if (this.#followed !== null) this.#ends = this.follow(this.#followed);
    this.requestUpdate();
  }

  #unfollow(): void {
    for (const end of this.#ends) end();
    this.#ends = [];
    this.#followed = null;
  }
}

type ElementClass = typeof ParleyElement & CustomElementConstructor;

/** Registers an element, once, however often the script is loaded. */
export function define(name: `parley-${string}`, element: ElementClass): void {
  if (customElements.get(name)) return;
  for (const property of Object.keys(element.initial))
    if (!(property in (element.properties ?? {}))) element.createProperty(property, { attribute: false });
  customElements.define(name, element);
}
